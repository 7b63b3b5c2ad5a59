from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

import qmodel
from qmodel.dtypes import F32
from qmodel.errors import GraphError, InvalidInputError
from qmodel.graph import Graph, Node, TensorReference, Value
from qmodel.recipes import PRESETS
from tests.conftest import network_path

OPEN_QUALITY = {"fast": 6, "small": 6, "smallest": 6}


def run(model: Any, inputs: dict[str, Any]) -> list[np.ndarray]:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    # Some versions else round what quantized matrices are multiplied with to 8 bits.
    options.add_session_config_entry("session.qdq_matmulnbits_accuracy_level", "1")
    source = str(model) if isinstance(model, Path) else model.SerializeToString()
    return list(onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"]).run(None, inputs))


def saved(model: Any, folder: Path, recipe: Any, **options: Any) -> qmodel.Model:
    path = folder / "net.qmodel"
    qmodel.save(model, path, recipe=recipe, **options)
    return qmodel.load(path)


def weights_shown(proto: onnx.ModelProto, names: list[str]) -> list[np.ndarray]:
    """The values that onnxruntime makes of weights, whatever their form."""
    shown = onnx.ModelProto()
    shown.CopyFrom(proto)
    del shown.graph.input[:], shown.graph.output[:]
    made = {name: place for place, node in enumerate(shown.graph.node) for name in node.output}
    nodes = list(shown.graph.node[: max((made.get(name, -1) for name in names), default=-1) + 1])
    copies = [helper.make_node("Identity", [name], [f"{name}.shown"]) for name in names]
    del shown.graph.node[:]
    shown.graph.node.extend([*nodes, *copies])
    shown.graph.output.extend(helper.make_tensor_value_info(f"{name}.shown", TensorProto.FLOAT, None) for name in names)
    return run(shown, {})


def inputs_of(model: qmodel.Model) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(3)
    assert model.graph is not None
    return {
        value.name: rng.random([d if isinstance(d, int) else 3 for d in value.shape or ()], dtype=np.float32)
        for value in model.graph.inputs
    }


def test_lossless_round_trip_is_exact(network: Path, tmp_path: Path) -> None:
    model = saved(qmodel.from_onnx(network), tmp_path, "lossless")
    target = tmp_path / "net.onnx"
    exported = qmodel.to_onnx(model, target)
    onnx.checker.check_model(str(target))
    assert exported.bytes == target.stat().st_size
    inputs = inputs_of(model)
    for wanted, got in zip(run(network, inputs), run(target, inputs), strict=True):
        np.testing.assert_array_equal(got, wanted)
    again = qmodel.from_onnx(target)
    assert again.graph == qmodel.from_onnx(network).graph
    assert onnx.load(target) == qmodel.to_onnx(model)


@pytest.mark.parametrize("recipe", sorted(set(PRESETS) - {"smallest"}))
@pytest.mark.parametrize("name", ["lenet300", "rescnn", "lstm"])
def test_presets(name: str, recipe: str, tmp_path: Path) -> None:
    options = {"bits_per_weight": OPEN_QUALITY[recipe]} if recipe in OPEN_QUALITY else {}
    model = saved(qmodel.from_onnx(network_path(name)), tmp_path, recipe, **options)
    target = tmp_path / "net.onnx"
    exported = qmodel.to_onnx(model, target)
    onnx.checker.check_model(str(target))
    quantized = [weight for weight, form in exported.forms.items() if form != "float"]
    shown = weights_shown(onnx.load(target), quantized) if quantized else []
    for weight, values in zip(quantized, shown, strict=True):
        np.testing.assert_array_equal(values, model.weights[weight])
    inputs = inputs_of(model)
    for wanted, got in zip(qmodel.run(model, inputs).values(), run(target, inputs), strict=True):
        np.testing.assert_allclose(got, wanted, rtol=1e-5, atol=1e-5 * np.abs(wanted).max())
    floats = qmodel.to_onnx(model, weights="float")
    assert {node.op_type for node in floats.graph.node} <= {node.operator for node in model.graph.nodes}
    if recipe in ("int8", "int4", "fp8", "mxfp4", "nf4", "int4-super"):
        assert exported.bytes < 0.3 * floats.ByteSize()


def matmul(shape: tuple[int, ...], opset: int, *, operator: str = "MatMul", **attributes: Any) -> onnx.ModelProto:
    """x · w and then an operator of one input; w normal."""
    w = np.random.default_rng(5).standard_normal(shape, dtype=np.float32)
    nodes = [
        helper.make_node("MatMul", ["x", "w"], ["h"]),
        helper.make_node(operator if operator != "MatMul" else "Relu", ["h"], ["y"], **attributes),
    ]
    graph = helper.make_graph(
        nodes,
        "net",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", shape[0]])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["N", shape[1]])],
        [numpy_helper.from_array(w, "w")],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=7)


@pytest.mark.parametrize(
    ("encoder", "opset", "form"),
    [
        (qmodel.Affine(bits=8), 13, "dequantize_linear"),
        (qmodel.Affine(bits=8, symmetric=False), 13, "dequantize_linear"),
        (qmodel.Affine(bits=8, axis=1), 13, "dequantize_linear"),
        (qmodel.Affine(bits=4, axis=0, symmetric=False), 21, "dequantize_linear"),
        (qmodel.Affine(bits=3, block=(32, 1)), 21, "dequantize_linear"),
        (qmodel.Affine(bits=4, block=(32, 1), symmetric=False), 21, "dequantize_linear"),
        (qmodel.Affine(bits=6, block=(20, 3)), 21, "dequantize_linear"),
        (qmodel.Affine(bits=12, axis=0), 21, "dequantize_linear"),
        (qmodel.Affine(bits=1, axis=0), 21, "arithmetic"),
        (qmodel.Affine(bits=4, block=(32, 1), codes=qmodel.Plain("f4e2m1")), 21, "arithmetic"),
        (qmodel.Codebook(bits=4), 21, "gather"),
        (qmodel.Codebook(bits=8), 13, "gather"),
        (qmodel.Plain("f16"), 13, "cast"),
        (qmodel.Plain("bf16"), 13, "cast"),
        (qmodel.Plain("f8e4m3"), 19, "cast"),
    ],
)
def test_encodings(encoder: Any, opset: int, form: str, tmp_path: Path) -> None:
    model = saved(qmodel.from_onnx(matmul((64, 50), 13)), tmp_path, encoder)
    exported = qmodel.to_onnx(model, tmp_path / "net.onnx")
    assert (exported.opset_version, exported.forms["w"]) == (opset, form)
    proto = onnx.load(tmp_path / "net.onnx")
    onnx.checker.check_model(proto, full_check=True)
    np.testing.assert_array_equal(weights_shown(proto, ["w"])[0], model.weights["w"])
    again = qmodel.from_onnx(proto)
    inputs = inputs_of(model)
    np.testing.assert_array_equal(qmodel.run(again, inputs)["y"], qmodel.run(model, inputs)["y"])


@pytest.mark.parametrize("encoder", [qmodel.Affine(bits=4, block=(32, 1)), qmodel.Affine(bits=8, axis=0)])
def test_an_operator_that_changes_keeps_the_opset(encoder: Any, tmp_path: Path) -> None:
    model = saved(qmodel.from_onnx(matmul((64, 50), 11, operator="Softmax", axis=1)), tmp_path, encoder)
    exported = qmodel.to_onnx(model, tmp_path / "net.onnx")
    assert (exported.opset_version, exported.forms["w"]) == (11, "arithmetic")
    proto = onnx.load(tmp_path / "net.onnx")
    onnx.checker.check_model(proto)
    np.testing.assert_array_equal(weights_shown(proto, ["w"])[0], model.weights["w"])


def test_external_data_and_one_message_hold_the_same(tmp_path: Path) -> None:
    model = saved(qmodel.from_onnx(network_path("lenet5")), tmp_path, "int8")
    target = tmp_path / "net.onnx"
    steps: list[tuple[int, int]] = []
    exported = qmodel.to_onnx(model, target, external_data=True, progress=lambda *step: steps.append(step))
    assert steps[-1][0] == steps[-1][1] == len(steps)
    data = tmp_path / "net.onnx.data"
    assert exported.external_data
    assert exported.bytes == target.stat().st_size + data.stat().st_size
    onnx.checker.check_model(str(target))
    inputs = inputs_of(model)
    np.testing.assert_array_equal(run(target, inputs)[0], run(qmodel.to_onnx(model), inputs)[0])


def test_aliases_share_one_initializer(tmp_path: Path) -> None:
    w = np.random.default_rng(1).standard_normal((32, 32)).astype(np.float32)
    nodes = (Node("", "MatMul", ("x", "a"), ("h",)), Node("", "MatMul", ("h", "b"), ("y",)))
    graph = Graph("net", 17, nodes, (Value("x", F32, (1, 32)),), (Value("y", F32, (1, 32)), Value("b", F32, (32, 32))))
    model = saved(qmodel.Model({"a": w, "b": w}, graph), tmp_path, {"b": qmodel.Alias("a"), "a": qmodel.Affine(bits=8)})
    proto = qmodel.to_onnx(model)
    onnx.checker.check_model(proto)
    assert sum(list(tensor.dims) == [32, 32] for tensor in proto.graph.initializer) == 1
    wanted = qmodel.run(model, {"x": np.ones((1, 32), np.float32)})
    for name, got in zip(("y", "b"), run(proto, {"x": np.ones((1, 32), np.float32)}), strict=True):
        np.testing.assert_allclose(got, wanted[name], rtol=1e-5)


def test_bodies_read_quantized_weights(tmp_path: Path) -> None:
    w = np.random.default_rng(1).standard_normal((32, 32)).astype(np.float32)
    out = (Value("z", F32, (1, 32)),)
    branches = {
        name: Graph(name, 17, (Node("", operator, ("x", "w"), ("z" if name == "then" else "u",)),), (), each)
        for name, operator, each in (("then", "MatMul", out), ("else", "Gemm", (Value("u", F32, (1, 32)),)))
    }
    choice = Node("", "If", ("c",), ("y",), {"else_branch": branches["else"], "then_branch": branches["then"]})
    fill = Node("", "ConstantOfShape", ("s",), ("c",), {"value": TensorReference("yes")})
    graph = Graph("net", 17, (fill, choice), (Value("x", F32, (1, 32)),), (Value("y", F32, (1, 32)),))
    tensors = {"w": w, "s": np.array([], np.int64), "yes": np.array([True])}
    model = saved(qmodel.Model(tensors, graph), tmp_path, {"w": qmodel.Affine(bits=8)})
    proto = qmodel.to_onnx(model)
    onnx.checker.check_model(proto)
    x = {"x": np.ones((1, 32), np.float32)}
    np.testing.assert_allclose(run(proto, x)[0], x["x"] @ model.weights["w"], rtol=1e-5)


def test_metadata_and_image_inputs(tmp_path: Path) -> None:
    source = matmul((64, 50), 13)
    source.producer_name, source.doc_string, source.model_version = "trainer", "words", 7
    helper.set_model_props(source, {"license": "Apache-2.0"})
    model = qmodel.from_onnx(source, pixel_scale=1 / 255, layout="flat")
    proto = qmodel.to_onnx(saved(model, tmp_path, "lossless"))
    assert (proto.producer_name, proto.doc_string, proto.model_version) == ("trainer", "words", 7)
    texts = {entry.key: entry.value for entry in proto.metadata_props}
    assert texts["license"] == "Apache-2.0"
    assert '"layout": "flat"' in texts["qmodel.image_input.x"]


def test_models_that_cannot_be_exported(tmp_path: Path) -> None:
    w = {"w": np.ones((2, 2), np.float32)}
    with pytest.raises(InvalidInputError, match="no graph"):
        qmodel.to_onnx(qmodel.Model(w))
    node = Node("n", "Relu", ("nowhere",), ("y",))
    graph = Graph("net", 17, (node,), (), (Value("y", F32, None),))
    with pytest.raises(GraphError, match="'nowhere'"):
        qmodel.to_onnx(qmodel.Model(w, graph))
    good = qmodel.from_onnx(network_path("lenet5"))
    with pytest.raises(InvalidInputError, match="'quantized' or 'float'"):
        qmodel.to_onnx(good, weights="int3")  # type: ignore[arg-type]
    with pytest.raises(InvalidInputError, match="does not exist"):
        qmodel.to_onnx(good, tmp_path / "absent" / "net.onnx")


def test_a_damaged_weight_leaves_no_file(tmp_path: Path) -> None:
    path = tmp_path / "net.qmodel"
    qmodel.save(qmodel.from_onnx(network_path("lenet5")), path, recipe="int8")
    with qmodel.open(path) as reader:
        place = max(reader.manifest.chunks, key=lambda chunk: chunk.size).offset
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(data)
    with pytest.raises(qmodel.CorruptError, match="checksum"):
        qmodel.to_onnx(path, tmp_path / "net.onnx")
    assert list(tmp_path.iterdir()) == [path]
