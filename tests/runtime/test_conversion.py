"""Cast, CastLike and BitCast between all element types."""

from __future__ import annotations

import itertools
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qmodel.errors import GraphError
from qmodel.runtime.conversion import converted
from qmodel.runtime.element_types import dtype_of
from tests.runtime.oracle import by_reference, check_node, node_model, ours

NUMBERS = (*range(1, 8), *range(9, 14), *range(16, 29))
# float8e8m0 has no 0, bool and int2 have no 2.
PAIRS = [pair for pair in itertools.product(NUMBERS, NUMBERS) if 24 not in pair or not {9, 26}.intersection(pair)]
FLOAT8 = [ml_dtypes.float8_e4m3fn, ml_dtypes.float8_e4m3fnuz, ml_dtypes.float8_e5m2, ml_dtypes.float8_e5m2fnuz]
E8M0 = ml_dtypes.float8_e8m0fnu


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_small_numbers_become_those_of_every_type(source: int, target: int) -> None:
    ones = np.array([[1.0, 0.0, 1.0], [1.0, 1.0, 0.0]])
    x = (ones + 1 if 24 in (source, target) else ones).astype(dtype_of(source))
    got = converted(x, dtype_of(target))
    assert got.dtype == dtype_of(target)
    assert got.astype(np.float64).tolist() == x.astype(np.float64).tolist()


def nearest(x: float, dtype: Any) -> float:
    """The number of an 8-bit float type nearest to a finite x, ties to the even code; too large ones saturate."""
    codes = np.arange(128, dtype=np.uint8)
    values = codes.view(dtype).astype(np.float64)
    finite = np.isfinite(values)
    distance = np.abs(values[finite] - abs(x))
    closest = codes[finite][distance == distance.min()]
    code = closest[0] if len(closest) == 1 or closest[0] % 2 == 0 else closest[1]
    return float(np.copysign(code.view(dtype).astype(np.float64), x))


@pytest.mark.parametrize("dtype", FLOAT8)
@given(st.floats(-1e6, 1e6) | st.floats(-1e-3, 1e-3))
def test_eight_bit_floats_are_rounded_once(dtype: Any, x: float) -> None:
    got = converted(np.array([x]), np.dtype(dtype)).astype(np.float64)[0]
    assert got == nearest(x, dtype)


@pytest.mark.parametrize("dtype", [ml_dtypes.bfloat16, *FLOAT8])
def test_double_is_not_rounded_twice(dtype: Any) -> None:
    half = float(ml_dtypes.finfo(dtype).eps) / 2
    above_a_tie = np.array([1 + half + 2.0**-40])
    assert converted(above_a_tie, np.dtype(dtype)).astype(np.float64)[0] == 1 + 2 * half


@pytest.mark.parametrize("dtype", FLOAT8)
def test_saturation_is_optional(dtype: Any) -> None:
    x = np.array([np.inf, -np.inf, 1e9, -1e9, np.nan], np.float32)
    largest = float(ml_dtypes.finfo(dtype).max)
    saturated = converted(x, np.dtype(dtype)).astype(np.float64)
    assert saturated[:4].tolist() == [largest, -largest, largest, -largest]
    assert np.isnan(saturated[4])
    free = converted(x, np.dtype(dtype), saturate=False).astype(np.float64)
    wanted = [np.inf, -np.inf, np.inf, -np.inf, np.nan] if dtype == ml_dtypes.float8_e5m2 else [np.nan] * 5
    np.testing.assert_array_equal(free, wanted)


@pytest.mark.parametrize(
    ("round_mode", "wanted"),
    [("up", [1, 2, 2, 2, 2]), ("down", [1, 1, 1, 1, 2]), ("nearest", [1, 1, 2, 2, 2])],
)
def test_powers_of_two_are_rounded_as_asked(round_mode: str, wanted: list[int]) -> None:
    x = np.array([1, 1.25, 1.5, 1.75, 2], np.float32)
    assert converted(x, np.dtype(E8M0), round_mode=round_mode).astype(np.float64).tolist() == wanted


def test_powers_of_two_saturate_or_become_nan() -> None:
    x = np.array([0, 1e-45, 2.0**-127, 2.0**127, 3e38, np.inf, np.nan], np.float32)
    assert converted(x, np.dtype(E8M0)).view(np.uint8).tolist() == [0, 0, 0, 254, 254, 254, 255]
    free = converted(x, np.dtype(E8M0), saturate=False, round_mode="nearest")
    assert free.view(np.uint8).tolist() == [255, 255, 0, 254, 255, 255, 255]


def test_unknown_rounding_is_refused() -> None:
    x = np.ones(2, np.float32)
    with pytest.raises(GraphError, match="round_mode must be"):
        ours(node_model("Cast", {"x": x}, {"to": 24, "round_mode": "odd"}, opset=25, output_types=[24]), {"x": x})


@pytest.mark.parametrize("dtype", [np.int8, np.int16, np.int32, np.int64])
@pytest.mark.parametrize("target", [2, 3, 4, 5, 6, 7, 12, 13, 21, 22, 25, 26])
def test_integers_keep_their_lower_bits(dtype: Any, target: int) -> None:
    x = np.array([-128, -9, -2, -1, 0, 1, 3, 8, 100, 127]).astype(dtype)
    check_node("Cast", {"x": x}, opset=25, output_types=[target], oracle=by_reference, to=target)


# ONNX's CastLike has no floats of 6 bits yet.
@pytest.mark.parametrize("target", sorted(set(NUMBERS) - {27, 28}))
def test_cast_like_is_cast(target: int) -> None:
    x = np.array([1.0, 1.5, 2.0], np.float32)
    like = np.ones(1, dtype_of(target))
    inputs = {"x": x, "like": like}
    got = ours(node_model("CastLike", inputs, {}, opset=28, output_types=[target]), inputs)["y"]
    wanted = ours(node_model("Cast", {"x": x}, {"to": target}, opset=28, output_types=[target]), {"x": x})["y"]
    assert got.dtype == wanted.dtype == dtype_of(target)
    np.testing.assert_array_equal(got, wanted)


@pytest.mark.parametrize(
    ("source", "target"),
    [(1, 6), (6, 1), (10, 16), (2, 9), (9, 3), (17, 2), (11, 7), (21, 22), (22, 23), (25, 26), (16, 4), (24, 18)],
)
@pytest.mark.parametrize("shape", [(), (0, 2), (3, 2)])
def test_bits_are_kept(source: int, target: int, shape: tuple[int, ...]) -> None:
    x = np.ones(shape, dtype_of(source))
    model = node_model("BitCast", {"x": x}, {"to": target}, opset=26, output_types=[target])
    got = ours(model, {"x": x})["y"]
    assert got.dtype == dtype_of(target)
    assert got.shape == shape
    assert got.tobytes() == x.tobytes()


@pytest.mark.parametrize(("source", "target"), [(1, 7), (2, 21), (21, 25), (22, 3)])
def test_bits_of_another_width_are_refused(source: int, target: int) -> None:
    x = np.ones(2, dtype_of(source))
    with pytest.raises(GraphError, match="one width"):
        ours(node_model("BitCast", {"x": x}, {"to": target}, opset=26, output_types=[target]), {"x": x})


@pytest.mark.parametrize("target", [0, 8, 14, 15, 99])
def test_types_that_are_no_numbers_are_refused(target: int) -> None:
    x = np.ones(2, np.float32)
    with pytest.raises(GraphError, match=f"element type {target} is not supported"):
        ours(node_model("Cast", {"x": x}, {"to": target}, opset=13), {"x": x})
