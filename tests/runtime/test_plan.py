from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qmodel.dtypes import Array
from qmodel.errors import GraphError, LimitError
from qmodel.graph import Graph, Node, TensorReference
from qmodel.runtime.binding import bind_nodes
from qmodel.runtime.plan import Plan, make_plan
from qmodel.runtime.session import Session
from qmodel.runtime.weight_cache import WeightCache
from tests.runtime.graphs import graph, node
from tests.runtime.oracle import normal


def plan_of(network: Graph, weights: dict[str, Array] | None = None, *, every_node: bool = False) -> Plan:
    cache = WeightCache(weights or {}, 1 << 20)
    names = [value.name for value in network.inputs]
    outputs = tuple(value.name for value in network.outputs)
    return make_plan(bind_nodes(network, cache.__contains__), cache, names, outputs, every_node=every_node)


def operators(plan: Plan) -> list[str]:
    return [step.bound.node.operator for step in plan.steps]


CONV_RELU = [node("Conv", ["x", "w"], ["c"]), node("Relu", ["c"], ["y"])]
CONV_WEIGHT = {"w": normal(2, 3, 3)}


def test_relu_is_fused_into_conv_and_gemm() -> None:
    assert operators(plan_of(graph(CONV_RELU), CONV_WEIGHT)) == ["Conv"]
    gemm = [node("Gemm", ["x", "w"], ["c"]), node("Relu", ["c"], ["y"])]
    assert operators(plan_of(graph(gemm), {"w": normal(3, 3)})) == ["Gemm"]
    x = normal(2, 3)
    made = Session(graph(gemm), {"w": normal(3, 3)}).run({"x": x})["y"]
    np.testing.assert_allclose(made, np.maximum(x @ normal(3, 3), 0), rtol=1e-5)


@pytest.mark.parametrize(
    ("nodes", "outputs"),
    [
        (CONV_RELU, ["y", "c"]),
        ([*CONV_RELU, node("Neg", ["c"], ["z"])], ["y", "z"]),
        ([CONV_RELU[0], node("Add", ["c", "c"], ["y"])], ["y"]),
    ],
)
def test_relu_is_not_fused_when_the_value_between_is_read(nodes: list[Node], outputs: list[str]) -> None:
    assert operators(plan_of(graph(nodes, outputs=outputs), CONV_WEIGHT)) == [node.operator for node in nodes]


def test_constants_are_folded() -> None:
    nodes = [
        node("Constant", [], ["one"], value_float=1.0),
        node("Add", ["w", "one"], ["two"]),
        node("Mul", ["x", "two"], ["y"]),
    ]
    plan = plan_of(graph(nodes), {"w": normal(3)})
    assert operators(plan) == ["Mul"]
    np.testing.assert_array_equal(plan.constants["two"], normal(3) + 1)


def test_large_or_growing_constants_are_not_folded() -> None:
    large = {"w": np.zeros((1 << 19,), np.float32)}
    assert operators(plan_of(graph([node("Neg", ["w"], ["n"]), node("Add", ["x", "n"], ["y"])]), large))[0] == "Neg"
    # Folding this one would allocate 2^62 elements when the session is made.
    huge = {"shape": np.array([1 << 31, 1 << 31])}
    nodes = [node("ConstantOfShape", ["shape"], ["n"]), node("Add", ["x", "n"], ["y"])]
    assert operators(plan_of(graph(nodes), huge)) == ["ConstantOfShape", "Add"]
    with pytest.raises(LimitError, match="ConstantOfShape node 'n'"):
        Session(graph(nodes), huge).run({"x": normal(1)})


def test_folding_an_error_names_the_node() -> None:
    nodes = [node("Add", ["v", "w"], ["n"], "sum"), node("Add", ["x", "n"], ["y"])]
    with pytest.raises(GraphError, match="Add node 'sum': ValueError"):
        Session(graph(nodes), {"v": normal(2), "w": normal(3)})


def test_what_no_output_needs_is_left_out() -> None:
    nodes = [node("Neg", ["x"], ["unused"]), node("Abs", ["x"], ["y"])]
    assert operators(plan_of(graph(nodes))) == ["Abs"]
    assert operators(plan_of(graph(nodes), every_node=True)) == ["Neg", "Abs"]


def test_values_are_freed_after_their_last_use() -> None:
    nodes = [node("Neg", ["x"], ["a"]), node("Abs", ["a"], ["b"]), node("Add", ["a", "b"], ["y"])]
    assert [set(step.frees) for step in plan_of(graph(nodes)).steps] == [{"x"}, set(), {"a", "b"}]


@pytest.mark.parametrize(
    ("nodes", "reusable"),
    [
        ([node("Neg", ["x"], ["a"]), node("Relu", ["a"], ["y"])], [(), (0,)]),
        # Views share memory: what the transposed view shows must not change while the view is read.
        (
            [node("Neg", ["x"], ["a"]), node("Transpose", ["a"], ["t"]), node("Relu", ["a"], ["b"]),
             node("Add", ["b", "t"], ["y"])],
            [(), (), (), (0, 1)],
        ),
        # The last view of a family may be overwritten.
        ([node("Neg", ["x"], ["a"]), node("Transpose", ["a"], ["t"]), node("Relu", ["t"], ["y"])], [(), (), (0,)]),
        # A view of the input is the caller's.
        ([node("Transpose", ["x"], ["t"]), node("Relu", ["t"], ["y"])], [(), ()]),
        # So is a tensor, whether an input or an attribute.
        ([node("Transpose", ["w"], ["t"]), node("Add", ["t", "x"], ["y"])], [(), ()]),
        ([node("Constant", [], ["t"], value=TensorReference("w")), node("Add", ["t", "x"], ["y"])], [(), ()]),
        # An output must stay.
        ([node("Neg", ["x"], ["z"]), node("Relu", ["z"], ["y"])], [(), ()]),
        # The same value twice is one value.
        ([node("Neg", ["x"], ["a"]), node("Add", ["a", "a"], ["y"])], [(), (0, 1)]),
    ],
)  # fmt: skip
def test_what_may_be_overwritten(nodes: list[Node], reusable: list[tuple[int, ...]]) -> None:
    network = graph(nodes, outputs=["y", "z"] if any("z" in n.outputs for n in nodes) else ["y"])
    cache = WeightCache({"w": np.zeros((1 << 10, 1 << 10), np.float32)}, 0)
    plan = make_plan(
        bind_nodes(network, cache.__contains__),
        cache,
        ["x"],
        tuple(value.name for value in network.outputs),
        every_node=False,
    )
    assert [step.reusable for step in plan.steps] == reusable


UNARY: list[tuple[str, dict[str, Any]]] = [
    ("Relu", {}),
    ("Neg", {}),
    ("Tanh", {}),
    ("Sigmoid", {}),
    ("Clip", {}),
    ("Identity", {}),
    ("Transpose", {"perm": (1, 0)}),
    ("Softmax", {}),
]


@st.composite
def networks(draw: st.DrawFn) -> Graph:
    """A random graph of (3, 3) matrices, rich in views, last uses and values read twice."""
    values = ["x", "w"]
    nodes = []
    for number in range(draw(st.integers(1, 10))):
        name = f"v{number}"
        kind = draw(st.sampled_from(["unary", "binary", "split", "gemm"]))
        first, second = draw(st.sampled_from(values)), draw(st.sampled_from(values))
        if kind == "unary":
            operator, attributes = draw(st.sampled_from(UNARY))
            nodes.append(node(operator, [first], [name], **attributes))
        elif kind == "binary":
            nodes.append(node(draw(st.sampled_from(["Add", "Sub", "Mul"])), [first, second], [name]))
        elif kind == "gemm":
            nodes.append(node("Gemm", [first, second], [name]))
        else:
            nodes.append(node("Split", [first], [f"{name}a", f"{name}b", f"{name}c"], axis=0))
            nodes.append(node("Concat", [f"{name}b", f"{name}a", f"{name}c"], [name], axis=0))
        values.append(name)
    outputs = draw(st.lists(st.sampled_from(values[2:]), min_size=1, max_size=3, unique=True))
    return graph(nodes, outputs=outputs)


@settings(max_examples=300, deadline=None)
@given(networks())
def test_optimized_plans_give_the_same_and_leave_inputs_alone(network: Graph) -> None:
    x, w = normal(3, 3), normal(3, 3, seed=1)
    session = Session(network, {"w": w})
    seen: dict[str, Array] = {}
    copies: dict[str, Array] = {}

    def observe(_: Node, name: str, array: Array) -> None:
        seen[name] = array
        copies[name] = array.copy()

    plain = session.run({"x": x}, observe=observe)
    for _ in range(2):
        optimized = session.run({"x": x})
        for name, array in plain.items():
            np.testing.assert_allclose(optimized[name], array, rtol=1e-5, atol=1e-6)
            assert optimized[name].flags.c_contiguous
            optimized[name][...] = np.nan  # the caller's own: neither the weights nor a later run may notice
    np.testing.assert_array_equal(x, normal(3, 3))
    np.testing.assert_array_equal(w, normal(3, 3, seed=1))
    assert set(seen) == {name for n in network.nodes for name in n.outputs}
    for name, array in seen.items():
        np.testing.assert_array_equal(array, copies[name])
