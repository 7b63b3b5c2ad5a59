"""Element-wise nodes that are done as one, or by the node before them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from qmodel.dtypes import Array
from qmodel.graph import Node
from qmodel.runtime.session import Session
from tests.runtime.graphs import graph, node
from tests.runtime.oracle import normal
from tests.runtime.test_plan import operators, plan_of

NUMBERS: dict[str, Array] = {
    "three": np.array([3], np.float32),
    "six": np.array(6, np.float32),
    "zero": np.array(0, np.float32),
    "vector": normal(5),
}
HARD_SWISH = [
    node("Add", ["x", "three"], ["a"]),
    node("Clip", ["a", "zero", "six"], ["c"]),
    node("Mul", ["x", "c"], ["m"]),
    node("Div", ["m", "six"], ["y"]),
]
SILU = [node("Sigmoid", ["x"], ["s"]), node("Mul", ["s", "x"], ["y"])]
GELU = [
    node("Div", ["x", "six"], ["a"]),
    node("Erf", ["a"], ["e"]),
    node("Add", ["e", "three"], ["b"]),
    node("Mul", ["x", "b"], ["c"]),
    node("Mul", ["c", "six"], ["y"]),
]
OTHERS = [
    node("Sub", ["x", "three"], ["a"]),
    node("HardSigmoid", ["a"], ["b"], alpha=0.25),
    node("HardSwish", ["b"], ["c"]),
    node("Clip", ["c", "", "three"], ["d"]),
    node("Mul", ["six", "d"], ["y"]),
]


def after_conv(nodes: list[Node]) -> list[Node]:
    """A convolution, and the nodes with its result instead of x."""
    renamed = [replace(n, inputs=tuple("v" if name == "x" else name for name in n.inputs)) for n in nodes]
    return [node("Conv", ["x", "w"], ["v"], pads=(1, 1, 1, 1)), *renamed]


@pytest.mark.parametrize("nodes", [HARD_SWISH, SILU, GELU, OTHERS], ids=["hard swish", "silu", "gelu", "others"])
@pytest.mark.parametrize("follows", [False, True], ids=["alone", "after a convolution"])
def test_chain_is_one_node_and_gives_what_its_nodes_give(nodes: list[Node], follows: bool) -> None:
    chosen = after_conv(nodes) if follows else nodes
    weights = NUMBERS | {"w": normal(4, 3, 3, 3)}
    network = graph(chosen)
    assert len(plan_of(network, weights).steps) == 1
    x = 3 * normal(2, 3, 5, 6)
    session = Session(network, weights)
    alone = session.run({"x": x}, observe=lambda node, name, array: None)["y"]
    before = x.copy()
    np.testing.assert_allclose(session.run({"x": x})["y"], alone, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(x, before)


@pytest.mark.parametrize(
    "nodes",
    [
        [SILU[0], node("Neg", ["x"], ["n"]), node("Mul", ["s", "n"], ["y"])],
        [SILU[0], node("Neg", ["x"], ["n"]), SILU[1]],
        [node("Mul", ["x", "x"], ["y"])],
        [node("Sub", ["three", "x"], ["y"])],
        [node("Add", ["x", "vector"], ["y"])],
    ],
)
def test_nodes_that_read_more_stay(nodes: list[Node]) -> None:
    network = graph(nodes, outputs=["y", "n"] if any("n" in n.outputs for n in nodes) else ["y"])
    assert operators(plan_of(network, NUMBERS)) == [n.operator for n in nodes]


def test_value_in_the_middle_that_is_wanted_ends_the_chain() -> None:
    network = graph(HARD_SWISH, outputs=["c", "y"])
    assert operators(plan_of(network, NUMBERS)) == [n.operator for n in HARD_SWISH]


def test_narrow_convolution_keeps_what_would_be_rounded_elsewhere() -> None:
    weights = {"w": normal(4, 3, 3, 3).astype(np.float16)}
    assert operators(plan_of(graph(after_conv(SILU), element_type="f16"), weights)) == ["Conv", "Sigmoid", "Mul"]


def test_scalar_becomes_a_vector_where_a_number_is_one() -> None:
    nodes = [node("Add", ["x", "three"], ["a"]), node("Mul", ["a", "six"], ["y"])]
    made = Session(graph(nodes), NUMBERS).run({"x": np.array(2, np.float32)})["y"]
    assert made.tolist() == [30]
