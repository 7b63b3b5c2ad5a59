from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from qmodel.adapters.onnx import import_model
from qmodel.errors import InvalidInputError, LimitError, UnsupportedError
from qmodel.runtime.registry import operator_names
from qmodel.runtime.session import Session
from tests.adapters.test_onnx import identity, model_of, tensor
from tests.runtime.oracle import by_onnxruntime

OPSETS = [helper.make_opsetid("", 17)]


def function(name: str, nodes: list[onnx.NodeProto], **keywords: Any) -> onnx.FunctionProto:
    keywords.setdefault("opset_imports", [*OPSETS, helper.make_opsetid("mine", 1)])
    return helper.make_function("mine", name, ["a"], ["b"], nodes, **keywords)


def call(name: str, given: str, made: str, **keywords: Any) -> onnx.NodeProto:
    return helper.make_node(name, [given], [made], domain="mine", **keywords)


def with_functions(nodes: list[onnx.NodeProto], *functions: onnx.FunctionProto) -> onnx.ModelProto:
    model = model_of(nodes, functions=list(functions))
    model.opset_import.append(helper.make_opsetid("mine", 1))
    return model


TWICE = function("Twice", [helper.make_node("Add", ["a", "a"], ["b"])])
FOUR = function("Four", [call("Twice", "a", "c"), call("Twice", "c", "b")])
SCALED = function(
    "Scaled",
    [
        helper.make_node("Elu", ["a"], ["e"]),
        helper.make_node("Add", ["e", "a"], ["b"]),
    ],
    attributes=["alpha"],
)
SCALED.node[0].attribute.append(
    onnx.AttributeProto(name="alpha", type=onnx.AttributeProto.FLOAT, ref_attr_name="alpha")
)


@pytest.mark.parametrize(
    "model",
    [
        with_functions([call("Twice", "x", "y")], TWICE),
        with_functions([call("Four", "x", "z"), call("Four", "z", "y")], TWICE, FOUR),
        with_functions([call("Scaled", "x", "y", alpha=2.0)], SCALED),
    ],
)
def test_functions_are_replaced_by_their_nodes(model: onnx.ModelProto) -> None:
    imported = import_model(model)
    assert imported.graph is not None
    assert {node.operator for node in imported.graph.nodes} <= {"Add", "Elu"}
    x = np.float32([[-1, 0, 3]])
    got = Session(imported.graph, imported.weights).run({"x": x})["y"]
    np.testing.assert_allclose(got, by_onnxruntime(model, {"x": x})["y"])


def test_functions_that_call_themselves() -> None:
    one = function("One", [call("Two", "a", "b")])
    two = function("Two", [helper.make_node("One", ["a"], ["b"], "back", domain="mine")])
    with pytest.raises(InvalidInputError, match=r"One node 'back': function mine\.One calls itself"):
        import_model(with_functions([call("One", "x", "y")], one, two))


def test_functions_that_grow_beyond_measure() -> None:
    """Each calls the one before twice: 2^40 nodes from a few hundred bytes."""
    chain = [TWICE]
    for number in range(40):
        before = chain[-1].name
        chain.append(function(f"F{number}", [call(before, "a", "c"), call(before, "c", "b")]))
    with pytest.raises(LimitError, match="more than 1000000 nodes"):
        import_model(with_functions([call("F39", "x", "y")], *chain))


def test_functions_of_one_name() -> None:
    with pytest.raises(InvalidInputError, match="two functions"):
        import_model(with_functions([call("Twice", "x", "y")], TWICE, TWICE))


def test_a_function_with_operators_of_another_domain() -> None:
    foreign = function("F", [helper.make_node("FusedMatMul", ["a", "a"], ["b"], domain="com.microsoft")])
    with pytest.raises(UnsupportedError, match=r"FusedMatMul node .* of domain 'com.microsoft'"):
        import_model(with_functions([call("F", "x", "y")], foreign))


def test_operators_that_onnx_defines_by_others() -> None:
    assert "NegativeLogLikelihoodLoss" not in operator_names()
    inputs = [
        helper.make_tensor_value_info("x", TensorProto.FLOAT, [2, 3]),
        helper.make_tensor_value_info("t", TensorProto.INT64, [2]),
    ]
    node = helper.make_node("NegativeLogLikelihoodLoss", ["x", "t"], ["y"], reduction="sum")
    imported = import_model(model_of([node], inputs=inputs))
    assert imported.graph is not None
    assert "NegativeLogLikelihoodLoss" not in {node.operator for node in imported.graph.nodes}
    assert len(imported.graph.nodes) > 1


@pytest.mark.parametrize("opset", [6, 7, 8])
def test_old_opset_versions_are_converted(opset: int) -> None:
    nodes = [
        helper.make_node("BatchNormalization", ["x", "s", "s", "s", "s"], ["n"]),
        helper.make_node("Add", ["n", "s"], ["y"]),
    ]
    if opset < 7:
        nodes[0].attribute.append(helper.make_attribute("is_test", 1))
        nodes[1].attribute.extend([helper.make_attribute("broadcast", 1), helper.make_attribute("axis", 1)])
    inputs = [
        helper.make_tensor_value_info("x", TensorProto.FLOAT, [2, 3]),
        helper.make_tensor_value_info("s", TensorProto.FLOAT, [3]),
    ]
    model = model_of(nodes, [tensor("s", np.float32([1, 2, 3]))], inputs=inputs, opset=opset)
    model.graph.output[0].type.CopyFrom(helper.make_tensor_type_proto(TensorProto.FLOAT, [2, 3]))
    imported = import_model(model)
    assert imported.graph is not None
    assert imported.graph.opset_version == 9
    x = np.float32([[1, 2, 3], [4, 5, 6]])
    got = Session(imported.graph, imported.weights).run({"x": x})["y"]
    s = np.float32([1, 2, 3])
    np.testing.assert_allclose(got, (x - s) / np.sqrt(s + 1e-5) * s + s + s, rtol=1e-5)


def test_old_opset_versions_that_cannot_be_converted() -> None:
    with pytest.raises(
        UnsupportedError, match=r"opset 1, and onnx\.version_converter cannot.*export the network again"
    ):
        import_model(model_of([helper.make_node("Pad", ["x"], ["y"], paddings=[0, 0, 1, 1])], opset=1))


def test_two_versions_of_the_default_domain() -> None:
    model = model_of([identity()])
    model.opset_import.append(helper.make_opsetid("ai.onnx", 13))
    with pytest.raises(InvalidInputError, match=r"imports versions \[13, 17\] of the default"):
        import_model(model)
    model.opset_import[1].version = 17
    assert import_model(model).graph is not None


def test_slopes_of_old_opset_versions_belong_to_channels() -> None:
    inputs = [helper.make_tensor_value_info("x", TensorProto.FLOAT, [2, 3, 2])]
    node = helper.make_node("PRelu", ["x", "slope"], ["y"])
    model = model_of([node], [tensor("slope", np.float32([1, 2, 3]))], inputs=inputs, opset=6)
    model.graph.output[0].type.CopyFrom(helper.make_tensor_type_proto(TensorProto.FLOAT, [2, 3, 2]))
    before = model.SerializeToString()
    imported = import_model(model)
    assert model.SerializeToString() == before
    assert imported.graph is not None
    x = -np.ones((2, 3, 2), np.float32)
    got = Session(imported.graph, imported.weights).run({"x": x})["y"]
    np.testing.assert_array_equal(got, np.float32([-1, -2, -3])[:, None] * np.ones((2, 3, 2)))


def test_defaults_of_attributes_reach_the_nodes_of_a_function() -> None:
    """The axes of MeanVarianceNormalization are 0, 2 and 3 when nothing else is said."""
    inputs = [helper.make_tensor_value_info("x", TensorProto.FLOAT, [2, 3, 4, 5])]
    model = model_of([helper.make_node("MeanVarianceNormalization", ["x"], ["y"])], inputs=inputs)
    imported = import_model(model)
    assert imported.graph is not None
    x = np.random.default_rng(0).normal(size=(2, 3, 4, 5)).astype(np.float32)
    got = Session(imported.graph, imported.weights).run({"x": x})["y"]
    np.testing.assert_allclose(got, by_onnxruntime(model, {"x": x})["y"], rtol=1e-4, atol=1e-5)
