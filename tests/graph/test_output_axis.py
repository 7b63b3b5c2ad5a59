from __future__ import annotations

import pytest

from qmodel.dtypes import F32
from qmodel.graph import Graph, Node, Value
from qmodel.graph.output_axis import output_axes


def axes(*nodes: Node) -> dict[str, int]:
    return output_axes(Graph("", 17, nodes, (Value("x", F32),), ()))


@pytest.mark.parametrize(
    ("operator", "inputs", "attributes", "wanted"),
    [
        ("Conv", ("x", "w", "b"), {}, {"w": 0}),
        ("ConvTranspose", ("x", "w"), {}, {"w": 1}),
        ("Gemm", ("x", "w", "b"), {}, {"w": 1}),
        ("Gemm", ("x", "w", "b"), {"transB": 0}, {"w": 1}),
        ("Gemm", ("x", "w", "b"), {"transB": 1}, {"w": 0}),
        ("MatMul", ("x", "w"), {}, {"w": -1}),
        ("MatMul", ("w", "x"), {}, {"w": -2}),
        ("LSTM", ("x", "w", "r", "b"), {}, {"w": 1, "r": 1}),
        ("GRU", ("x", "w", "r"), {}, {"w": 1, "r": 1}),
        ("RNN", ("x", "w", "r", "", "", "h"), {}, {"w": 1, "r": 1}),
        ("Add", ("x", "w"), {}, {}),
        ("Conv", ("x",), {}, {}),
        ("MatMul", (), {}, {}),
    ],
)
def test_axis_of_each_operator(
    operator: str, inputs: tuple[str, ...], attributes: dict[str, int], wanted: dict[str, int]
) -> None:
    assert axes(Node("", operator, inputs, ("y",), attributes)) == wanted


def test_conflicting_uses_leave_a_tensor_out() -> None:
    conv = Node("", "Conv", ("x", "w"), ("a",))
    same = Node("", "Conv", ("x", "w"), ("b",))
    other = Node("", "Gemm", ("x", "w"), ("c",))
    assert axes(conv, same) == {"w": 0}
    assert axes(conv, other, same) == {}


def test_values_made_by_nodes_are_no_weights() -> None:
    made = Node("", "Transpose", ("w",), ("t",))
    assert axes(made, Node("", "MatMul", ("x", "t"), ("y",)), Node("", "Gemm", ("t", "x"), ("z",))) == {}
