from dataclasses import replace

import numpy as np
import pytest

import qmodel
from qmodel import dtypes
from qmodel.errors import InvalidInputError
from qmodel.graph import Graph, Node, Value
from qmodel.model import Model
from tests.datasets.networks import rounded, two_by_two

SAMPLES = 23


@pytest.fixture(scope="module")
def data():
    random = np.random.default_rng(3)
    return {
        "a": random.standard_normal((SAMPLES, 3)).astype(np.float32),
        "b": random.standard_normal((SAMPLES, 3)).astype(np.float32),
        "factor": np.float32(2),
    }


@pytest.fixture(scope="module")
def targets(data):
    random = np.random.default_rng(4)
    return {"sum": random.standard_normal((SAMPLES, 3)), "scores": random.integers(0, 4, SAMPLES)}


def by_hand(model, data):
    return (data["a"] + data["b"]) * data["factor"], data["a"] @ model.weights["w"]


def test_every_output_is_measured_as_what_its_targets_are(data, targets):
    model = two_by_two()
    found = qmodel.evaluate(model, data, targets, batch_size=7)
    total, scores = by_hand(model, data)
    numbers, classes = found.outputs
    assert (numbers.name, classes.name, found.samples) == ("sum", "scores", SAMPLES)
    error = targets["sum"] - total
    assert numbers.classification is None
    assert numbers.target_error.mse == pytest.approx(np.mean(error**2))
    assert numbers.target_error.mae == pytest.approx(np.mean(np.abs(error)))
    assert numbers.target_error.max_abs_error == pytest.approx(np.abs(error).max())
    r2 = 1 - (error**2).sum(axis=0) / ((targets["sum"] - targets["sum"].mean(axis=0)) ** 2).sum(axis=0)
    assert numbers.target_error.r2 == pytest.approx(r2.mean())
    assert classes.target_error is None
    assert classes.classification.accuracy == np.mean(scores.argmax(axis=1) == targets["scores"])
    assert found.classification is classes.classification
    assert found.accuracy == classes.classification.accuracy


def test_without_targets_the_reference_is_the_measure(data):
    model = two_by_two()
    found = qmodel.evaluate(rounded(model), data, reference=model, batch_size=7)
    total, scores = found.outputs
    assert (total.deviation.sqnr_db, total.deviation.max_abs_error, total.deviation.cosine) == (np.inf, 0, 1)
    wanted, got = by_hand(model, data)[1], by_hand(rounded(model), data)[1]
    assert scores.deviation.sqnr_db == pytest.approx(
        -10 * np.log10(np.sum((wanted - got) ** 2) / np.sum(wanted**2)), rel=1e-4
    )
    assert scores.deviation.agreement == np.mean(wanted.argmax(axis=1) == got.argmax(axis=1))
    assert [layer.node for layer in found.layers] == ["product"]
    assert found.layers[0].alone_sqnr_db == pytest.approx(scores.deviation.sqnr_db, rel=1e-4)
    assert (scores.classification, scores.target_error) == (None, None)
    with pytest.raises(InvalidInputError, match="no labels of classes"):
        _ = found.accuracy


def test_regression_has_no_agreement(data):
    found = qmodel.evaluate(two_by_two(), data, reference=two_by_two(), task="regression")
    assert [output.deviation.agreement for output in found.outputs] == [None, None]
    assert [output.deviation.kl_divergence for output in found.outputs] == [None, None]


def test_labels_are_numbers_where_the_task_says_so(data, targets):
    found = qmodel.evaluate(two_by_two(), data, {"sum": targets["sum"]}, task="auto")
    assert found.outputs[1].target_error is None
    with pytest.raises(InvalidInputError, match=r"output 'scores': targets have shape \(23,\)"):
        qmodel.evaluate(two_by_two(), data, targets, task="regression")
    with pytest.raises(InvalidInputError, match="output 'sum': labels must be integers"):
        qmodel.evaluate(two_by_two(), data, targets, task="classification")


def test_a_mapping_may_hold_the_targets(data, targets):
    together = qmodel.evaluate(two_by_two(), {**data, **targets})
    apart = qmodel.evaluate(two_by_two(), data, targets)
    assert together.to_json() == apart.to_json()


def test_an_archive_is_read_like_arrays(data, targets, tmp_path):
    path = tmp_path / "data.npz"
    np.savez(path, **data, **targets, unrelated=np.zeros(5))
    fortran = tmp_path / "fortran.npz"
    np.savez_compressed(fortran, **{name: np.array(array, order="F") for name, array in {**data, **targets}.items()})
    expected = qmodel.evaluate(two_by_two(), data, targets, batch_size=7)
    for each in (path, str(path), fortran):
        assert qmodel.evaluate(two_by_two(), each, batch_size=7).to_json() == expected.to_json()


def test_batches_are_measured_like_arrays(data, targets):
    def batches():
        for start in range(0, SAMPLES, 6):
            part = {name: array[start : start + 6] for name, array in {**data, **targets}.items() if array.ndim}
            yield {**part, "factor": data["factor"]}

    calls = []
    found = qmodel.evaluate(two_by_two(), batches(), progress=lambda done, total: calls.append((done, total)))
    assert found.samples == SAMPLES
    assert found.accuracy == qmodel.evaluate(two_by_two(), data, targets).accuracy
    assert calls == [(6, None), (12, None), (18, None), (23, None)]


def test_a_fixed_batch_is_kept_to(data, targets):
    model = two_by_two(batch=1)
    found = qmodel.evaluate(model, data, targets)
    assert found.accuracy == qmodel.evaluate(two_by_two(), data, targets).accuracy
    whole = iter([{**data, **targets}])
    assert qmodel.evaluate(model, whole).to_json() == found.to_json()
    assert qmodel.evaluate(model, data, targets, limit=5).samples == 5


def test_the_reference_may_name_its_inputs_otherwise(data):
    model = two_by_two()
    names = {"a": "p", "b": "q", "factor": "f"}
    graph = model.graph
    renamed = replace(
        graph,
        inputs=tuple(replace(value, name=names[value.name]) for value in graph.inputs),
        nodes=tuple(replace(n, inputs=tuple(names.get(name, name) for name in n.inputs)) for n in graph.nodes),
    )
    found = qmodel.evaluate(rounded(model), data, reference=Model(model.weights, renamed))
    assert found.outputs[0].deviation.sqnr_db == np.inf
    assert found.layers[0].alone_sqnr_db > 0


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"b": None}, "no array 'b' for the input"),
        ({"b": np.zeros((22, 3), np.float32)}, "as many samples each: 'a' 23, 'b' 22"),
        ({"b": np.float32(1)}, "'b' has no axis of samples"),
        ({"sum": np.zeros((22, 3))}, r"23 samples, and .*'sum' of shape \(22, 3\)"),
        ({"sum": np.full((23, 3), np.nan)}, "finite"),
        ({"sum": np.full((23, 3), "x")}, "output 'sum': targets must be real numbers"),
    ],
)
def test_what_does_not_fit_is_refused(data, changed, message):
    given = {name: array for name, array in {**data, "sum": np.zeros((23, 3)), **changed}.items() if array is not None}
    with pytest.raises(InvalidInputError, match=message):
        qmodel.evaluate(two_by_two(), given)


def test_one_array_does_not_do_for_several_inputs(data):
    with pytest.raises(InvalidInputError, match="give arrays by name: 'a', 'b', 'factor'"):
        qmodel.evaluate(two_by_two(), data["a"], data["b"])


def test_nothing_to_measure(data):
    with pytest.raises(InvalidInputError, match="neither labels, nor targets, nor a reference"):
        qmodel.evaluate(two_by_two(), data)


def test_outputs_of_other_shapes_have_no_deviation(data):
    """What is found in one network and not in the other cannot be held against each other."""
    model = two_by_two()
    found_in = Node("", "NonZero", ("flags",), ("places",))
    graph = replace(
        model.graph,
        nodes=(*model.graph.nodes, Node("", "Greater", ("scores", "limit"), ("flags",)), found_in),
        outputs=(*model.graph.outputs, Value("places", dtypes.signed(64), (2, None))),
    )
    some, others = (Model({**model.weights, "limit": np.array(limit, np.float32)}, graph) for limit in (0.0, 0.5))
    found = qmodel.evaluate(some, data, reference=others)
    assert [output.deviation is None for output in found.outputs] == [False, False, True]
    same = qmodel.evaluate(some, data, reference=some)
    assert same.outputs[2].deviation.max_abs_error == 0


def test_a_state_that_is_not_first_by_samples(data):
    """A recurrent state has the samples along its second axis: batches come with a state of their size."""
    graph = Graph(
        "stateful",
        17,
        (Node("", "ReduceSum", ("state", "axis"), ("s",), {"keepdims": 0}), Node("", "Add", ("a", "s"), ("y",))),
        (Value("a", dtypes.F32, ("N", 3)), Value("state", dtypes.F32, (2, "N", 3))),
        (Value("y", dtypes.F32, ("N", 3)),),
    )
    model = Model({"axis": np.array([0], np.int64)}, graph)
    batches = [
        {"a": data["a"][start:stop], "state": np.ones((2, stop - start, 3), np.float32), "y": data["a"][start:stop] + 1}
        for start, stop in ((0, 10), (10, 23))
    ]
    found = qmodel.evaluate(model, batches)
    assert found.samples == SAMPLES
    assert found.outputs[0].target_error.mae == pytest.approx(1)
