from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from qmodel.errors import GraphError
from qmodel.runtime.ops.max_pool import max_pool
from tests.runtime.oracle import by_reference, check_node, node_model, normal, ours


@st.composite
def pools(draw: st.DrawFn) -> tuple[tuple[int, ...], dict[str, Any]]:
    axes = draw(st.integers(1, 3))

    def each(low: int, high: int) -> list[int]:
        return draw(st.lists(st.integers(low, high), min_size=axes, max_size=axes))

    kernel, strides, dilations = each(1, 3), each(1, 3), each(1, 2)
    # A pad of at least the kernel would make windows that touch no input, which ONNX forbids.
    pads = [draw(st.integers(0, size - 1)) for size in kernel * 2]
    space = tuple(d * (k - 1) + 1 + draw(st.integers(0, 5)) for k, d in zip(kernel, dilations, strict=True))
    return space, {"kernel_shape": kernel, "strides": strides, "dilations": dilations, "pads": pads}


@settings(max_examples=80, deadline=None)
@given(pools(), st.booleans())
def test_max_pool(case: tuple[tuple[int, ...], dict[str, Any]], ceil_mode: bool) -> None:
    space, attributes = case
    check_node("MaxPool", {"x": normal(2, 3, *space)}, **attributes, ceil_mode=int(ceil_mode))


@settings(max_examples=80, deadline=None)
@given(pools(), st.booleans(), st.booleans())
def test_average_pool(case: tuple[tuple[int, ...], dict[str, Any]], ceil_mode: bool, include: bool) -> None:
    space, attributes = case
    # onnxruntime and the specification disagree on how a window beyond the pads is counted: tested apart.
    assume(not (ceil_mode and include))
    check_node(
        "AveragePool",
        {"x": normal(2, 3, *space)},
        **attributes,
        ceil_mode=int(ceil_mode),
        count_include_pad=int(include),
        rtol=1e-4,
        atol=1e-5,
    )


def test_average_pool_counts_nothing_beyond_the_pads() -> None:
    check_node(
        "AveragePool",
        {"x": normal(1, 1, 6, 6)},
        oracle=by_reference,
        kernel_shape=[3, 3],
        strides=[2, 2],
        pads=[0, 0, 1, 1],
        ceil_mode=1,
        count_include_pad=1,
    )


@pytest.mark.parametrize("operator", ["MaxPool", "AveragePool"])
@pytest.mark.parametrize("auto_pad", ["SAME_UPPER", "SAME_LOWER", "VALID"])
def test_auto_pad(operator: str, auto_pad: str) -> None:
    check_node(operator, {"x": normal(2, 3, 8, 7)}, kernel_shape=[3, 2], strides=[2, 2], auto_pad=auto_pad)


@pytest.mark.parametrize("operator", ["GlobalAveragePool", "GlobalMaxPool"])
@pytest.mark.parametrize("space", [(5,), (4, 3), (2, 3, 4)])
def test_global_pools(operator: str, space: tuple[int, ...]) -> None:
    check_node(operator, {"x": normal(2, 3, *space)})


def test_max_pool_of_integers_and_of_infinity() -> None:
    x = np.arange(-50, -34, dtype=np.int8).reshape(1, 1, 4, 4)
    check_node("MaxPool", {"x": x}, kernel_shape=[3, 3], pads=[1, 1, 1, 1])
    check_node("MaxPool", {"x": np.full((1, 1, 4, 4), -np.inf, np.float32)}, kernel_shape=[2, 2])


def test_max_pool_keeps_the_order_of_memory() -> None:
    x = np.moveaxis(normal(3, 6, 6, 8), -1, 0)
    made, _ = max_pool(x, kernel_shape=(2, 2), strides=(2, 2), pads=(1, 1, 0, 0), output_count=1)
    plain, _ = max_pool(np.ascontiguousarray(x), kernel_shape=(2, 2), strides=(2, 2), pads=(1, 1, 0, 0), output_count=1)
    np.testing.assert_array_equal(made, plain)
    assert np.moveaxis(made, 0, -1).flags.c_contiguous


@pytest.mark.parametrize(
    ("keywords", "words"),
    [
        ({"kernel_shape": (5, 5)}, "does not fit"),
        ({"kernel_shape": (2,)}, "kernel_shape must be 2 numbers"),
        ({"kernel_shape": (2, 2), "strides": (0, 1)}, "strides must be 2 numbers of at least 1"),
        ({"kernel_shape": (2, 2), "auto_pad": "SOME"}, "auto_pad must be"),
    ],
)
def test_refusals(keywords: dict[str, Any], words: str) -> None:
    with pytest.raises(GraphError, match=words):
        max_pool(normal(1, 1, 4, 4), output_count=1, **keywords)


@pytest.mark.parametrize("storage_order", [0, 1])
@pytest.mark.parametrize("opset", [9, 22])
@pytest.mark.parametrize(
    ("shape", "attributes"),
    [
        ((2, 3, 7), {"kernel_shape": (3,), "strides": (2,)}),
        ((2, 3, 6, 5), {"kernel_shape": (2, 3), "pads": (1, 1, 0, 1)}),
        ((1, 2, 4, 5, 3), {"kernel_shape": (2, 2, 2), "strides": (1, 2, 1)}),
    ],
)
def test_places_of_maxima(shape: tuple[int, ...], attributes: dict[str, Any], opset: int, storage_order: int) -> None:
    # Few different values, so that many windows have equal ones.
    x = np.random.default_rng(0).integers(0, 4, shape).astype(np.float32)
    options = {"storage_order": storage_order, **attributes}
    check_node("MaxPool", {"x": x}, opset=opset, outputs=("y", "places"), output_types=[1, 7], **options)


def test_places_of_the_smallest_values() -> None:
    x = np.full((1, 1, 4), -128, np.int8)
    model = node_model("MaxPool", {"x": x}, {"kernel_shape": (2,), "pads": (1, 0)}, opset=22, outputs=("y", "i"))
    assert ours(model, {"x": x})["i"].tolist() == [[[0, 0, 1, 2]]]
