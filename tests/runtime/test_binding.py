from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from qmodel.errors import GraphError, UnsupportedError, UnsupportedOperatorError
from qmodel.graph import Graph, Node, TensorReference
from qmodel.runtime.session import Session
from tests.runtime.graphs import graph, node
from tests.runtime.oracle import normal

WEIGHTS = {"w": normal(2, 2)}
RELU = node("Relu", ["x"], ["y"], "first")


def refuse(bad: Graph, words: str) -> str:
    with pytest.raises(GraphError, match=words) as caught:
        Session(bad, WEIGHTS)
    return str(caught.value)


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (node("Frobnicate", ["x"], ["y"], "n"), "unknown operator 'Frobnicate'; the interpreter has Abs, "),
        (node("Relu", [], ["y"], "n"), "at least 1 inputs"),
        (node("Relu", [""], ["y"], "n"), "at least 1 inputs"),
        (node("Relu", ["x", "x"], ["y"], "n"), "at most 1 inputs, got 2"),
        (node("Add", ["x"], ["y"], "n"), "at least 2 inputs"),
        (node("Concat", [], ["y"], "n", axis=0), "at least 1 inputs"),
        (node("Max", ["x", ""], ["y"], "n"), "at least 1 inputs"),
        (node("Relu", ["x"], [], "n"), "names no output"),
        (node("Relu", ["x"], [""], "n"), "names no output"),
        (node("Relu", ["x"], ["y", "z"], "n"), "at most 1 outputs"),
        (node("Relu", ["x"], ["y"], "n", alpha=1.0), "unknown attribute 'alpha'; known: none"),
        (node("Elu", ["x"], ["y"], "n", alpha=1), "'alpha' must be a FLOAT, got 1"),
        (node("Flatten", ["x"], ["y"], "n", axis=1.0), "'axis' must be an INT, got 1.0"),
        (node("Concat", ["x"], ["y"], "n"), "attribute 'axis' is missing"),
        (node("Transpose", ["x"], ["y"], "n", perm=(0.0, 1.0)), "'perm' must be INTS"),
        (node("RNN", ["x", "w", "w"], ["y"], "n", activation_alpha=(1,)), "'activation_alpha' must be FLOATS"),
        (node("RNN", ["x", "w", "w"], ["y"], "n", activations=(1,)), "'activations' must be STRINGS"),
        (node("RNN", ["x", "w", "w"], ["y"], "n", direction=1), "'direction' must be a STRING"),
        (node("RNN", ["x", "w", "w"], ["y"], "n", direction=b"\xff"), "UTF-8"),
        (node("ConstantOfShape", ["x"], ["y"], "n", value=1.0), "'value' must be a TENSOR"),
        (node("ConstantOfShape", ["x"], ["y"], "n", value=TensorReference("v")), "tensor 'v', which does not exist"),
        (node("Conv", ["x", "w"], ["y"], "n", relu=1), "unknown attribute 'relu'"),
        (node("Add", ["x", "nothing"], ["y"], "n"), "input 'nothing' is no graph input"),
        (node("Add", ["x", "y"], ["y"], "n"), "out of order or form a cycle"),
        (node("Relu", ["x"], ["x"], "n"), "'x' is made twice"),
        (node("Relu", ["x"], ["w"], "n"), "'w' is made twice, or is also an input or a tensor"),
    ],
)
def test_bad_nodes_are_refused_by_name(bad: Node, words: str) -> None:
    assert refuse(graph([bad], outputs=()), words).startswith(f"{bad.operator} node 'n': ")


def test_order_cycles_and_outputs() -> None:
    late = node("Relu", ["b"], ["y"])
    refuse(graph([late, node("Relu", ["x"], ["b"])]), "'b' is made by this node or a later one")
    refuse(graph([node("Add", ["x", "c"], ["b"]), node("Relu", ["b"], ["c"])], outputs=["c"]), "cycle")
    refuse(graph([RELU, node("Relu", ["x"], ["y"])]), "'y' is made twice")
    refuse(graph([RELU], outputs=["z"]), "graph output 'z' is made by no node")
    refuse(graph([RELU], inputs=["x", "w"]), "'w' is also a tensor")


@pytest.mark.parametrize(
    ("bad", "opset"), [(node("Frobnicate", ["x"], ["y"]), 17), (node("HardSwish", ["x"], ["y"]), 13), (RELU, 99)]
)
def test_what_the_interpreter_lacks_is_told_from_what_is_wrong(bad: Node, opset: int) -> None:
    with pytest.raises(UnsupportedOperatorError):
        Session(graph([bad], opset=opset), {})
    with pytest.raises(GraphError) as caught:
        Session(graph([node("Relu", [], ["y"])]), {})
    assert not isinstance(caught.value, UnsupportedError)


@pytest.mark.parametrize("opset", [1, 8, 99])
def test_opset_out_of_range(opset: int) -> None:
    refuse(graph([RELU], opset=opset), f"opset {opset}; the interpreter knows 9 to")


def test_operator_that_the_opset_lacks() -> None:
    refuse(graph([node("HardSwish", ["x"], ["y"])], opset=13), "does not exist in opset 13")
    x = np.array([1.0, -4.0], np.float32)
    made = Session(graph([node("HardSwish", ["x"], ["y"])], opset=14), {}).run({"x": x})
    np.testing.assert_allclose(made["y"], [2 / 3, 0], rtol=1e-6)


@pytest.mark.parametrize(("opset", "given", "attributes"), [(11, ["x"], {"axes": (0,)}), (13, ["x", "axes"], {})])
def test_meaning_follows_the_opset(opset: int, given: list[str], attributes: dict[str, Any]) -> None:
    weights = {"axes": np.array([0])}
    made = Session(graph([node("Squeeze", given, ["y"], **attributes)], opset=opset), weights).run({"x": normal(1, 3)})
    assert made["y"].shape == (3,)
    other = node("Squeeze", ["x", "axes"], ["y"]) if opset < 13 else node("Squeeze", ["x"], ["y"], axes=(0,))
    with pytest.raises(GraphError, match="at most 1 inputs" if opset < 13 else "unknown attribute"):
        Session(graph([other], opset=opset), weights)
