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
    weights = weights_of(4, (4, 2, 2)) | {"mean": normal(3)}
    with pytest.raises(GraphError, match="Conv"):
        Session(graph(normalized()), weights).run({"x": normal(1, 4, 5, 5)})
