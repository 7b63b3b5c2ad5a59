"""Nodes that are done by the node before them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qmodel.dtypes import Array
from qmodel.errors import GraphError
from qmodel.graph import Node
from qmodel.runtime.session import Session
from tests.runtime.graphs import graph, node
from tests.runtime.oracle import normal
from tests.runtime.test_plan import operators, plan_of

NORMALIZATION = ["scale", "shift", "mean", "variance"]


def normalized(*, bias: bool = True, relu: bool = False, **attributes: Any) -> list[Node]:
    """Conv, BatchNormalization and perhaps Relu."""
    nodes = [
        node("Conv", ["x", "w", "b"][: 2 + bias], ["c"], **attributes),
        node("BatchNormalization", ["c", *NORMALIZATION], ["n" if relu else "y"], epsilon=1e-3),
    ]
    return [*nodes, node("Relu", ["n"], ["y"])] if relu else nodes


def weights_of(channels: int, kernel: tuple[int, ...], dtype: type = np.float32) -> dict[str, Array]:
    rng = np.random.default_rng(5)
    made = {name: rng.standard_normal(channels).astype(dtype) for name in ("b", *NORMALIZATION)}
    made["variance"] = np.abs(made["variance"])
    return {"w": rng.standard_normal((channels, *kernel)).astype(dtype), **made}


@given(
    bias=st.booleans(),
    relu=st.booleans(),
    group=st.sampled_from([1, 2, 4]),
    dtype=st.sampled_from([np.float32, np.float64]),
    space=st.sampled_from([(7,), (6, 5), (4, 3, 3)]),
)
def test_fused_normalization_is_the_one_of_its_own_node(
    bias: bool, relu: bool, group: int, dtype: type, space: tuple[int, ...]
) -> None:
    network = graph(normalized(bias=bias, relu=relu, group=group), element_type="f32" if dtype is np.float32 else "f64")
    weights = weights_of(4, (4 // group, *(2,) * len(space)), dtype)
    session = Session(network, weights)
    x = normal(2, 4, *space).astype(dtype)
    assert operators(plan_of(network, weights)) == ["Conv"]
    alone = session.run({"x": x}, observe=lambda node, name, array: None)["y"]
    np.testing.assert_allclose(session.run({"x": x})["y"], alone, rtol=1e-4, atol=1e-4)


def test_value_between_that_is_wanted_stays() -> None:
    nodes = normalized()
    assert operators(plan_of(graph(nodes, outputs=["y", "c"]), weights_of(4, (4, 2, 2)))) == [n.operator for n in nodes]


@pytest.mark.parametrize("narrow", ["w", "scale", "all"])
def test_weights_of_several_types_or_narrow_ones_stay_apart(narrow: str) -> None:
    weights = weights_of(4, (4, 2, 2))
    halves = {name: array.astype(np.float16) for name, array in weights.items() if narrow in (name, "all")}
    assert operators(plan_of(graph(normalized()), weights | halves)) == ["Conv", "BatchNormalization"]


def test_normalization_by_the_batch_itself_stays() -> None:
    nodes = normalized()
    nodes[1] = node("BatchNormalization", ["c", *NORMALIZATION], ["y", "m", "v"], training_mode=1)
    assert len(operators(plan_of(graph(nodes), weights_of(4, (4, 2, 2))))) == 2


def test_statistics_that_are_computed_stay_apart() -> None:
    nodes = [node("Abs", ["given"], ["variance"]), *normalized()]
    weights = weights_of(4, (4, 2, 2))
    del weights["variance"]
    network = graph(nodes, inputs=["x", "given"])
    assert operators(plan_of(network, weights)) == ["Abs", "Conv", "BatchNormalization"]


def test_wrong_number_of_channels_is_named() -> None:
    weights: dict[str, Array] = weights_of(4, (4, 2, 2)) | {"mean": normal(3)}
    with pytest.raises(GraphError, match="BatchNormalization"):
        Session(graph(normalized()), weights).run({"x": normal(1, 4, 5, 5)})


def quantized(zero_point: str = "z", back: str = "z", given: str = "x") -> list[Node]:
    return [
        node("QuantizeLinear", [given, "s", zero_point], ["q"]),
        node("DequantizeLinear", ["q", "s", back], ["y"]),
    ]


@given(
    dtype=st.sampled_from([np.int8, np.uint8, np.int16, np.uint16]),
    scale=st.floats(2**-10, 2**10, width=32),
    data=st.data(),
)
def test_round_trip_is_that_of_its_two_nodes(dtype: type, scale: float, data: st.DataObject) -> None:
    limits = np.iinfo(dtype)
    zero = data.draw(st.integers(int(limits.min), int(limits.max)))
    spread = data.draw(st.sampled_from([1.0, 100.0, 1e6]))
    weights = {"s": np.array(scale, np.float32), "z": np.array(zero, dtype)}
    network = graph(quantized(), opset=21)
    assert operators(plan_of(network, weights)) == ["QuantizeLinear"]
    session = Session(network, weights)
    x = normal(3, 4, 5) * np.float32(spread)
    x[0, 0, :3] = np.nan, np.inf, -np.inf
    alone = session.run({"x": x}, observe=lambda node, name, array: None)["y"]
    made = session.run({"x": x})["y"]
    np.testing.assert_array_equal(made.view(np.uint32), alone.view(np.uint32))


def test_round_trip_keeps_the_memory_order_of_what_it_overwrites() -> None:
    nodes = [
        node("Conv", ["x", "w"], ["c"]),
        node("QuantizeLinear", ["c", "s", "z"], ["q"]),
        node("DequantizeLinear", ["q", "s", "z"], ["y"]),
    ]
    weights = {"w": normal(4, 3, 2, 2), "s": np.array([0.1], np.float32), "z": np.array([3], np.uint8)}
    session = Session(graph(nodes), weights)
    x = normal(5, 3, 6, 7)
    alone = session.run({"x": x}, observe=lambda node, name, array: None)["y"]
    np.testing.assert_allclose(session.run({"x": x})["y"], alone, atol=0.11)
    assert [use.reuses for use in session.memory_plan({"x": x}).nodes] == [False, True]


@pytest.mark.parametrize(
    ("changed", "nodes"),
    [
        ({"s": np.array([0.1, 0.2], np.float32), "z": np.array([0, 0], np.uint8)}, quantized()),
        ({"s": np.array(0.1, np.float16)}, quantized()),
        ({"other": np.array(4, np.uint8)}, quantized(back="other")),
        ({}, quantized(zero_point="", back="")),
        ({}, [*quantized(), node("Identity", ["q"], ["z2"])]),
    ],
)
def test_other_quantizations_stay_as_they_are(changed: dict[str, Array], nodes: list[Node]) -> None:
    weights = {"s": np.array(0.1, np.float32), "z": np.array(3, np.uint8)} | changed
    outputs = ["y", "z2"] if len(nodes) > 2 else ["y"]
    assert operators(plan_of(graph(nodes, outputs=outputs), weights)) == [n.operator for n in nodes]


@pytest.mark.parametrize(
    ("operator", "inputs"),
    [("Expand", ["x", "shape"]), ("Transpose", ["x"]), ("Slice", ["x", "start", "stop", "axes", "step"])],
)
def test_round_trip_of_views(operator: str, inputs: list[str]) -> None:
    weights = {
        "shape": np.array([2, 3, 4, 5], np.int64),
        "start": np.array([2, 3, 5], np.int64),
        "stop": np.array([-9, -9, -9], np.int64),
        "axes": np.array([0, 1, 2], np.int64),
        "step": np.array([-1, -2, -1], np.int64),
        "s": np.array(0.1, np.float32),
        "z": np.array(3, np.uint8),
    }
    network = graph([node(operator, inputs, ["v"]), *quantized(given="v")], opset=21)
    session = Session(network, weights)
    x = normal(3, 4, 1) if operator == "Expand" else normal(3, 4, 6)
    alone = session.run({"x": x}, observe=lambda node, name, array: None)["y"]
    np.testing.assert_array_equal(session.run({"x": x})["y"], alone)


@pytest.mark.parametrize("shape", [(4, 1, 1), (1, 4, 1, 1)])
@pytest.mark.parametrize("followed", [False, True])
def test_what_is_added_to_each_channel_is_a_bias(shape: tuple[int, ...], followed: bool) -> None:
    nodes = [node("Conv", ["x", "w"], ["v"]), node("Add", ["v", "a"], ["c" if followed else "y"])]
    nodes += normalized()[1:] if followed else []
    weights: dict[str, Array] = weights_of(4, (4, 2, 2)) | {"a": normal(*shape)}
    network = graph(nodes)
    assert operators(plan_of(network, weights)) == ["Conv"]
    session = Session(network, weights)
    x = normal(2, 4, 5, 6)
    alone = session.run({"x": x}, observe=lambda node, name, array: None)["y"]
    np.testing.assert_allclose(session.run({"x": x})["y"], alone, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("shape", [(4, 1, 1, 1), (1, 1, 4), (2, 4, 1, 1), (1, 1, 4, 1, 1), (4, 1)])
def test_what_is_added_otherwise_is_none(shape: tuple[int, ...]) -> None:
    nodes = [node("Conv", ["x", "w"], ["v"]), node("Add", ["v", "a"], ["y"])]
    weights: dict[str, Array] = weights_of(4, (4, 2, 2)) | {"a": normal(*shape)}
    assert operators(plan_of(graph(nodes), weights)) == ["Conv", "Add"]


def test_tensor_with_the_name_of_a_derived_one_keeps_its_meaning() -> None:
    nodes = [node("Conv", ["x", "w"], ["v"]), node("Add", ["v", "a"], ["z"]), node("Add", ["z", "bias 'a'"], ["y"])]
    weights: dict[str, Array] = weights_of(4, (4, 2, 2)) | {"a": normal(4, 1, 1), "bias 'a'": normal(1)}
    assert operators(plan_of(graph(nodes), weights)) == ["Conv", "Add", "Add"]
