"""Golden samples: written, read, checked and replayed."""

import io
from dataclasses import replace

import numpy as np
import pytest

import qmodel
from qmodel import dtypes
from qmodel.container.golden import ExpectedOutput
from qmodel.container.replay import worst_difference
from qmodel.graph import Graph, Node, Value
from tests.container.files import RAW, joined, split, with_manifest

RNG = np.random.default_rng(3)
WEIGHTS = {"w": RNG.standard_normal((40, 30), dtype=np.float32), "b": RNG.standard_normal(30, dtype=np.float32)}
INPUTS = RNG.standard_normal((6, 40), dtype=np.float32)


def model(*, batch="N"):
    nodes = (
        Node("fc", "Gemm", ("x", "w", "b"), ("y",)),
        Node("best", "ArgMax", ("y",), ("class",), {"axis": 1, "keepdims": 0}),
    )
    outputs = (Value("y", dtypes.F32, (batch, 30)), Value("class", dtypes.signed(64), (batch,)))
    return qmodel.Model(WEIGHTS, Graph("net", 13, nodes, (Value("x", dtypes.F32, (batch, 40)),), outputs))


def saved(network=None, golden=None, **options):
    target = io.BytesIO()
    qmodel.save(network or model(), target, golden={"x": INPUTS} if golden is None else golden, **options)
    return target.getvalue()


@pytest.mark.parametrize("recipe", ["lossless", "int8", {"*": RAW}, "deep-compression"])
def test_outputs_are_those_of_the_stored_network(recipe):
    data = saved(recipe=recipe)
    stored = qmodel.load(data)
    with qmodel.open(data) as reader:
        assert len(reader.golden) == 4
        for number, run in enumerate(reader.golden):
            np.testing.assert_array_equal(run.inputs["x"], INPUTS[number : number + 1])
            made = qmodel.run(stored, run.inputs)
            assert list(run.outputs) == ["y", "class"]
            for name, expected in run.outputs.items():
                np.testing.assert_array_equal(expected.values, made[name])
                assert (expected.absolute_tolerance > 0) == (name == "y")
    assert qmodel.verify(data, run=True).golden == 4


def test_samples_are_written_the_same_each_time_and_to_paths(tmp_path):
    path = tmp_path / "file.qmodel"
    qmodel.save(model(), path, golden={"x": INPUTS})
    assert path.read_bytes() == saved()


def test_a_quality_to_solve_for():
    assert qmodel.verify(saved(recipe="small", relative_mse=0.01), run=True).golden == 4


def test_a_delta_is_decoded_with_its_base(tmp_path):
    base, path = tmp_path / "base.qmodel", tmp_path / "tuned.qmodel"
    qmodel.save(model(), base)
    tuned = qmodel.Model({**WEIGHTS, "b": WEIGHTS["b"] + np.float32(0.5)}, model().graph)
    qmodel.save(tuned, path, recipe={"*": qmodel.Delta(str(base))}, golden={"x": INPUTS})
    assert qmodel.verify(path, bases=[base], run=True).golden == 4


def test_a_fixed_batch_takes_as_many_samples_a_run():
    with qmodel.open(saved(model(batch=3))) as reader:
        assert [run.inputs["x"].shape for run in reader.golden] == [(3, 40), (3, 40)]


def test_runs_are_taken_as_they_are_given():
    with qmodel.open(saved(golden=[{"x": INPUTS[:2]}, {"x": INPUTS}], golden_samples=1)) as reader:
        assert [run.inputs["x"].shape for run in reader.golden] == [(2, 40)]
        assert len(reader.golden[:1]) == 1


def test_a_tampered_weight_is_found():
    data = saved(recipe={"*": RAW})
    before, manifest = split(data)
    place = before.index(WEIGHTS["w"].tobytes())
    tampered = bytearray(before)
    tampered[place : place + 4] = np.float32(WEIGHTS["w"][0, 0] + 0.01).tobytes()
    entry = next(chunk for chunk in manifest.chunks if chunk.size == WEIGHTS["w"].nbytes)
    from qmodel.container.checksum import crc32c

    entry.crc32c = crc32c(bytes(tampered[entry.offset : entry.offset + entry.size]))
    forged = joined(bytes(tampered), manifest)
    qmodel.verify(forged)
    with pytest.raises(qmodel.VerificationError) as caught:
        qmodel.verify(forged, run=True)
    assert all(isinstance(finding, qmodel.DeviationError) for finding in caught.value.findings)
    first = caught.value.findings[0]
    assert (first.sample, first.output) == (0, "y")
    assert first.worst_difference == pytest.approx(abs(INPUTS[0, 0]) * 0.01, rel=1e-3)
    assert first.tolerance < first.worst_difference


@pytest.mark.parametrize(("inside", "relative"), [("f16", 2.0**-7), ("bf16", 2.0**-4), ("f32", 2.0**-14)])
def test_floats_inside_the_network_make_tolerances_wide_enough(inside, relative):
    ml_dtypes = pytest.importorskip("ml_dtypes")
    dtype = {"f16": np.float16, "bf16": ml_dtypes.bfloat16, "f32": np.float32}[inside]
    number = {"f16": 10, "bf16": 16, "f32": 1}[inside]
    nodes = (
        Node("", "Cast", ("x",), ("narrow",), {"to": number}),
        Node("fc", "MatMul", ("narrow", "w"), ("product",)),
        Node("", "Cast", ("product",), ("y",), {"to": 1}),
    )
    weights = {"w": WEIGHTS["w"].astype(dtype)}
    graph = Graph("net", 13, nodes, (Value("x", dtypes.F32, ("N", 40)),), (Value("y", dtypes.F32, ("N", 30)),))
    with qmodel.open(saved(qmodel.Model(weights, graph))) as reader:
        for run, given in zip(reader.golden, INPUTS, strict=False):
            expected = run.outputs["y"]
            assert expected.relative_tolerance == relative
            otherwise = np.zeros(30, dtype)  # each sum rounded after each term
            for factor, row in zip(given.astype(dtype), weights["w"], strict=True):
                otherwise = (otherwise + factor * row).astype(dtype)
            difference = np.abs(otherwise.astype(np.float64) - expected.values[0])
            assert (difference <= expected.absolute_tolerance + relative * np.abs(expected.values[0])).all()


def test_no_samples_to_run_is_a_finding():
    with pytest.raises(qmodel.VerificationError, match="no golden samples"):
        qmodel.verify(_without(), run=True)


def _without():
    target = io.BytesIO()
    qmodel.save(model(), target)
    return target.getvalue()


def test_a_network_that_cannot_run_is_a_finding():
    def renamed(manifest):
        manifest.graph.nodes[0].operator = "Nothing"

    with pytest.raises(qmodel.VerificationError, match="Nothing"):
        qmodel.verify(with_manifest(saved(), renamed), run=True)


def test_a_damaged_sample_is_found():
    data = bytearray(saved(golden=[{"x": RNG.standard_normal((50, 40), dtype=np.float32)}], recipe={"*": RAW}))
    with qmodel.open(bytes(data)) as reader:
        chunk = reader.manifest.chunks[reader.manifest.golden[0].inputs[0].values.location.indices[0]]
    data[chunk.offset] ^= 1
    with pytest.raises(qmodel.VerificationError, match="golden sample 0: chunk"):
        qmodel.verify(bytes(data))


def test_an_output_stream_that_cannot_be_read_back_is_refused(tmp_path):
    with (tmp_path / "file").open("wb") as target, pytest.raises(qmodel.InvalidInputError, match="read back"):
        qmodel.save(model(), target, golden={"x": INPUTS}, recipe={"*": RAW})


@pytest.mark.parametrize(
    ("golden", "message"),
    [
        ({"z": INPUTS}, "no array 'x'"),
        ({"x": INPUTS[:0]}, "no sample"),
        ({"x": INPUTS[:, :3]}, "axis 1"),
        ([], "no sample"),
    ],
)
def test_inputs_that_do_not_fit_are_refused(golden, message):
    with pytest.raises(qmodel.InvalidInputError, match=message):
        saved(golden=golden)


def test_a_wrong_number_of_samples_is_refused():
    for count in (0, 1025):
        with pytest.raises(qmodel.InvalidInputError, match="1 to 1024"):
            saved(golden_samples=count)


def test_weights_alone_have_no_samples():
    with pytest.raises(qmodel.InvalidInputError, match="no graph"):
        qmodel.save(WEIGHTS, io.BytesIO(), golden={"x": INPUTS})


def test_an_output_of_another_shape_than_the_graph_says_is_refused():
    network = model()
    outputs = (Value("y", dtypes.F32, ("N", 31)), network.graph.outputs[1])
    with pytest.raises(qmodel.InvalidInputError, match=r"\(1, 30\)"):
        saved(replace(network, graph=replace(network.graph, outputs=outputs)))


@pytest.mark.parametrize(
    ("found", "expected", "tolerances", "exceeds"),
    [
        ([1.0, 2.0], [1.0, 2.0], (0, 0), False),
        ([1.0, np.nan, np.inf], [1.0, np.nan, np.inf], (0, 0), False),
        ([1.5], [1.0], (0.5, 0), False),
        ([1.5], [1.0], (0, 0.5), False),
        ([1.5], [1.0], (0.25, 0.125), True),
        ([np.nan], [1.0], (9, 9), True),
        ([1.0], [np.nan], (9, 9), True),
        ([-np.inf], [np.inf], (9, 9), True),
        ([1.0], [np.inf], (9, 9), True),
        ([3], [2], (0, 0), True),
        ([2**53 + 1], [2**53], (0, 0), True),
        ([True], [False], (0, 0), True),
        ([], [], (0, 0), False),
    ],
)
def test_comparison(found, expected, tolerances, exceeds):
    wanted = ExpectedOutput(np.array(expected), *tolerances)
    assert worst_difference(np.array(found, wanted.values.dtype), wanted)[0] is exceeds
