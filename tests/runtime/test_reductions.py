from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qmodel.dtypes import Array
from qmodel.errors import GraphError
from qmodel.kernels.largest import smallest_places
from tests.runtime.oracle import by_onnxruntime, by_reference, check_node, node_model, normal, ours

REDUCTIONS = (
    *("ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceMax", "ReduceMean", "ReduceMin"),
    *("ReduceProd", "ReduceSum", "ReduceSumSquare"),
)
X = np.abs(normal(2, 3, 4)) + np.float32(0.1)


def first_input_opset(operator: str) -> int:
    return 13 if operator == "ReduceSum" else 18


@pytest.mark.parametrize("operator", REDUCTIONS)
@pytest.mark.parametrize("axes", [None, (0,), (-1,), (0, 2), (-3, 1)])
@pytest.mark.parametrize("keepdims", [0, 1])
@pytest.mark.parametrize("opset", [11, 21])
def test_reduction(operator: str, axes: tuple[int, ...] | None, keepdims: int, opset: int) -> None:
    by_input = opset >= first_input_opset(operator)
    inputs: dict[str, Array | None] = {"x": X}
    attributes: dict[str, Any] = {"keepdims": keepdims}
    if axes is not None and by_input:
        inputs["axes"] = np.array(axes, np.int64)
    elif axes is not None:
        attributes["axes"] = axes
    check_node(operator, inputs, opset=opset, **attributes)


@pytest.mark.parametrize("operator", [name for name in REDUCTIONS if name != "ReduceLogSumExp"])
def test_reduction_of_float16_is_not_summed_in_float16(operator: str) -> None:
    x = np.abs(normal(5, 5000, dtype=np.float16)) / np.float16(8) + np.float16(0.5)
    x = x[:, :20] if operator == "ReduceProd" else x
    axes = np.array([1], np.int64)
    model = node_model(operator, {"x": x, "axes": axes}, {}, opset=21)
    wide = node_model(operator, {"x": x.astype(np.float32), "axes": axes}, {}, opset=21)
    got = ours(model, {"x": x, "axes": axes})["y"]
    wanted = by_onnxruntime(wide, {"x": x.astype(np.float32), "axes": axes})["y"]
    assert got.dtype == np.float16
    np.testing.assert_allclose(got, wanted.astype(np.float16), rtol=1e-3)


@pytest.mark.parametrize("operator", ["ReduceL1", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceSum"])
@pytest.mark.parametrize("dtype", [np.int32, np.int64])
def test_reduction_of_integers(operator: str, dtype: Any) -> None:
    x = np.random.default_rng(0).integers(-9, 9, (3, 4)).astype(dtype)
    check_node(operator, {"x": x, "axes": np.array([1], np.int64)}, oracle=by_reference)


@pytest.mark.parametrize("operator", ["ReduceSumSquare", "ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceMax"])
def test_reduction_along_no_axes(operator: str) -> None:
    check_node(operator, {"x": -X if operator != "ReduceLogSum" else X}, noop_with_empty_axes=1, oracle=by_reference)


def test_log_sum_exp_of_extremes() -> None:
    rows = [[1000, 1000], [-1000, -1001], [-np.inf, -np.inf], [np.inf, 0]]
    got = ours(
        node_model("ReduceLogSumExp", {"x": np.array(rows, np.float32)}, {"axes": [1], "keepdims": 0}, opset=13),
        {"x": np.array(rows, np.float32)},
    )["y"]
    wanted = [1000 + np.log(2), -1000 + np.log1p(np.exp(-1)), -np.inf, np.inf]
    np.testing.assert_allclose(got, wanted, rtol=1e-6)


@pytest.mark.parametrize("operator", ["ArgMax", "ArgMin"])
@pytest.mark.parametrize("axis", [0, 1, -1])
@pytest.mark.parametrize("last", [0, 1])
@pytest.mark.parametrize("keepdims", [0, 1])
def test_place_of_an_extreme(operator: str, axis: int, last: int, keepdims: int) -> None:
    x = np.random.default_rng(0).integers(0, 3, (4, 5, 6)).astype(np.float32)
    check_node(
        operator, {"x": x}, output_types=[7], axis=axis, select_last_index=last, keepdims=keepdims, oracle=by_reference
    )


@settings(max_examples=150, deadline=None)
@given(st.integers(1, 60), st.integers(0, 60), st.integers(1, 20), st.integers(0, 1 << 20))
def test_smallest_places_are_those_of_a_stable_sort(length: int, count: int, distinct: int, seed: int) -> None:
    keys = np.random.default_rng(seed).integers(0, distinct, (3, length)).astype(np.float32)
    keys[0, :: seed % 5 + 2] = np.nan
    count = min(count, length)
    np.testing.assert_array_equal(smallest_places(keys, count), np.argsort(keys, axis=-1, kind="stable")[:, :count])


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64, np.int32])
@pytest.mark.parametrize("largest", [0, 1])
@pytest.mark.parametrize(("axis", "k"), [(0, 2), (1, 5), (-1, 1), (2, 40), (1, 0)])
def test_top_k(dtype: Any, largest: int, axis: int, k: int) -> None:
    x = np.random.default_rng(1).integers(-9, 9, (4, 5, 40)).astype(dtype)
    inputs = {"x": x, "k": np.array([k], np.int64)}
    types = {np.float32: 1, np.float64: 11, np.int64: 7, np.int32: 6}
    check_node("TopK", inputs, outputs=("v", "i"), output_types=[types[dtype], 7], axis=axis, largest=largest)


def test_top_k_of_the_smallest_integer() -> None:
    x = np.array([-128, 127, -128, 0], np.int8)
    inputs = {"x": x, "k": np.array([4])}
    got = ours(node_model("TopK", inputs, {}, opset=24, outputs=("v", "i"), output_types=[3, 7]), inputs)
    assert got["i"].tolist() == [1, 3, 0, 2]


@pytest.mark.parametrize("opset", [9, 10])
def test_top_k_of_old_opsets(opset: int) -> None:
    inputs = {"x": X} if opset == 9 else {"x": X, "k": np.array([2], np.int64)}
    attributes = {"k": 2} if opset == 9 else {}
    check_node("TopK", inputs, opset=opset, outputs=("v", "i"), output_types=[1, 7], axis=1, **attributes)


@pytest.mark.parametrize("k", [-1, 5])
def test_top_k_refuses_a_number_out_of_range(k: int) -> None:
    inputs = {"x": X, "k": np.array([k], np.int64)}
    with pytest.raises(GraphError, match="k must be between 0 and 4"):
        ours(node_model("TopK", inputs, {}, opset=21, outputs=("v", "i"), output_types=[1, 7]), inputs)


@pytest.mark.parametrize("operator", ["CumSum", "CumProd"])
@pytest.mark.parametrize("exclusive", [0, 1])
@pytest.mark.parametrize("reverse", [0, 1])
@pytest.mark.parametrize("shape", [(2, 3, 4), (3, 0, 2), (1, 1, 1)])
def test_accumulation(operator: str, exclusive: int, reverse: int, shape: tuple[int, ...]) -> None:
    for axis in (0, 1, -1):
        inputs = {"x": normal(*shape), "axis": np.array(axis, np.int64)}
        got = ours(node_model(operator, inputs, {"exclusive": exclusive, "reverse": reverse}, opset=26), inputs)["y"]
        x = np.flip(inputs["x"], axis) if reverse else inputs["x"]
        sums = (np.cumsum if operator == "CumSum" else np.cumprod)(x, axis=axis)
        if exclusive:
            sums = np.roll(sums, 1, axis=axis)
            np.moveaxis(sums, axis, 0)[:1] = operator == "CumProd"
        np.testing.assert_allclose(got, np.flip(sums, axis) if reverse else sums, rtol=1e-5)


@pytest.mark.parametrize("x", [np.array([[1, 0], [0, 2]], np.float32), np.zeros((0, 3), np.float32)])
def test_non_zero(x: Array) -> None:
    check_node("NonZero", {"x": x}, output_types=[7])


def test_non_zero_of_a_scalar() -> None:
    x = np.array(3, np.float32)
    assert ours(node_model("NonZero", {"x": x}, {}, opset=21, output_types=[7]), {"x": x})["y"].shape == (0, 1)
