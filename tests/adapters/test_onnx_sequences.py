"""Sequences that become tensors at import, held against onnxruntime."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from qmodel.adapters.onnx import import_model
from qmodel.adapters.onnx import sequences as module
from qmodel.errors import GraphError, LimitError, UnsupportedError
from qmodel.runtime.session import Session
from tests.adapters.test_onnx import tensor
from tests.runtime.oracle import by_onnxruntime

X = np.random.default_rng(0).standard_normal((3, 7, 4)).astype(np.float32)
NUMBERS = {"zero": 0, "one": 1, "two": 2, "last": -1, "three": 3}


def node(operator: str, inputs: Sequence[str], made: str, **attributes: Any) -> onnx.NodeProto:
    return helper.make_node(operator, inputs, [made], **attributes)


def model_of(nodes: Sequence[onnx.NodeProto], opset: int) -> onnx.ModelProto:
    constants = [tensor(name, np.array(number, np.int64)) for name, number in NUMBERS.items()]
    given = [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["a", "b", "c"])]
    made = [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)]
    graph = helper.make_graph(list(nodes), "g", given, made, constants)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)


def split(*inputs: str, **attributes: int) -> onnx.NodeProto:
    return node("SplitToSequence", ["x", *inputs], "s", **attributes)


def at(position: str) -> onnx.NodeProto:
    return node("SequenceAt", ["s", position], "y")


def joined(**attributes: int) -> onnx.NodeProto:
    return node("ConcatFromSequence", ["s"], "y", **attributes)


LISTED = [node("Neg", ["x"], "n"), node("SequenceConstruct", ["x", "n", "x"], "s")]


@pytest.mark.parametrize("opset", [11, 13, 17])
@pytest.mark.parametrize(
    "nodes",
    [
        [split("two", axis=1), at("one")],
        [split("two", axis=-2), at("three")],
        [split("one", axis=1, keepdims=0), at("last")],
        [split("one"), at("two")],
        [split(axis=2), at("last")],
        [split(keepdims=0), at("one")],
        [split("two", axis=1), joined(axis=1)],
        [split(axis=2, keepdims=0), joined(axis=2, new_axis=1)],
        [*LISTED, at("last")],
        [*LISTED, joined(axis=-1)],
        [*LISTED, joined(axis=1, new_axis=1)],
        [*LISTED, joined(axis=-1, new_axis=1)],
    ],
)
def test_what_is_in_a_sequence_is_told(nodes: list[onnx.NodeProto], opset: int) -> None:
    check(model_of(nodes, opset))


@pytest.mark.parametrize(("axis", "wanted"), [(0, 2), (2, 0), (1, 0), (0, 1)])
def test_stacking_what_was_taken_apart_moves_an_axis(axis: int, wanted: int) -> None:
    check(model_of([split(axis=axis, keepdims=0), joined(axis=wanted, new_axis=1)], 13))


def test_sequences_in_bodies() -> None:
    made = [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)]
    body = helper.make_graph([split("two", axis=1), at("one")], "body", [], made)
    condition = node("Constant", [], "c", value=tensor("", np.array(True)))
    choice = helper.make_node("If", ["c"], ["y"], then_branch=body, else_branch=body)
    check(model_of([condition, choice], 17))


def check(model: onnx.ModelProto) -> None:
    imported = import_model(model)
    assert imported.graph is not None
    made = Session(imported.graph, imported.weights).run({"x": X})["y"]
    wanted = by_onnxruntime(model, {"x": X})["y"]
    np.testing.assert_array_equal(made, wanted)


@pytest.mark.parametrize(
    "nodes",
    [
        [split("two", axis=1), at("last")],
        [split("two", axis=1), joined(axis=0)],
        [node("SequenceConstruct", ["x"], "s"), at("three")],
        [node("SequenceConstruct", ["x"], "s"), node("SequenceAt", ["s"], "y")],
        [node("SplitToSequence", [], "s"), at("one")],
        [node("SequenceConstruct", ["x"], "s"), node("ConcatFromSequence", ["s"], "y")],
    ],
)
def test_what_does_not_follow_from_the_model_is_refused(nodes: list[onnx.NodeProto]) -> None:
    imported = import_model(model_of(nodes, 17))
    assert imported.graph is not None
    with pytest.raises((UnsupportedError, GraphError), match="Sequence"):
        Session(imported.graph, imported.weights)


def test_there_is_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_ELEMENTS", 5)
    with pytest.raises(LimitError, match="without sequences"):
        import_model(model_of([*LISTED, joined(axis=0, new_axis=1), node("SequenceAt", ["s", "one"], "z")], 17))
