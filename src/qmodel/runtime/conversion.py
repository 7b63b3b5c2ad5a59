"""Conversion of numbers between any two element types, as the operator Cast describes it (ONNX, Cast-28)."""

from __future__ import annotations

from typing import Any

import numpy as np

from qmodel.dtypes import Array
from qmodel.errors import GraphError
from qmodel.kernels.round_to_odd import f64_to_odd_f32

_LARGEST_FLOAT8 = {"float8_e4m3fn": 448, "float8_e4m3fnuz": 240, "float8_e5m2": 57344, "float8_e5m2fnuz": 57344}
_E8M0 = "float8_e8m0fnu"
_E8M0_NAN = 255


def converted(x: Array, dtype: np.dtype[Any], /, *, saturate: bool = True, round_mode: str = "up") -> Array:
    """The numbers in another dtype; the array itself where it has that already.

    Floats are rounded once, ties to even, and become integers by truncation; integers keep their lower bits.

    Args:
        x: of any dtype of the interpreter.
        dtype: wanted.
        saturate: whether what is too large for an 8-bit float becomes the largest one; else infinity or NaN.
        round_mode: `up`, `down` or `nearest`, for float8_e8m0fnu.

    Raises:
        GraphError: round_mode is unknown.
    """
    if round_mode not in ("up", "down", "nearest"):
        raise GraphError(f"round_mode must be up, down or nearest, got {round_mode!r}")
    if x.dtype == dtype:
        return x
    source = _in_numpy(x)
    if _is_of_numpy(dtype) or "int" in dtype.name:
        return source.astype(dtype)
    if dtype.name == _E8M0:
        return _to_e8m0(source.astype(np.float64), saturate=saturate, round_mode=round_mode).view(dtype)
    single = _to_single(source)
    if saturate and dtype.name in _LARGEST_FLOAT8:
        largest = np.float32(_LARGEST_FLOAT8[dtype.name])
        single = np.clip(single, -largest, largest)
    return single.astype(dtype)


def _is_of_numpy(dtype: np.dtype[Any]) -> bool:
    return dtype.isbuiltin == 1


def _in_numpy(x: Array) -> Array:
    """The same numbers in a dtype that NumPy itself has; those it lacks all fit float32 or int8."""
    if _is_of_numpy(x.dtype):
        return x
    return x.astype(np.int8 if "int" in x.dtype.name else np.float32)


def _to_single(x: Array) -> Array:
    """As float32, such that rounding it to a narrower float gives what rounding x would."""
    if x.dtype == np.float32 or x.dtype.itemsize < 4 or x.dtype.kind == "b":
        return x.astype(np.float32, copy=False)
    return f64_to_odd_f32(x.astype(np.float64)).view(np.float32)


def _to_e8m0(x: Array, *, saturate: bool, round_mode: str) -> Array:
    """Codes of powers of two from 2^-127 to 2^127; the sign of x is lost, as ONNX leaves open."""
    smallest, largest = np.ldexp(1.0, -127), np.ldexp(1.0, 127)
    magnitude = np.abs(x)
    fraction, exponent = np.frexp(np.clip(magnitude, smallest, largest))
    next_from = {"up": np.nextafter(0.5, 1), "nearest": 0.75, "down": 1.0}[round_mode]
    codes = np.asarray(exponent + 126 + (fraction >= next_from))
    is_nan = np.isnan(magnitude)
    if not saturate:
        is_nan |= (magnitude < smallest) | (magnitude > largest)
    return np.where(is_nan, _E8M0_NAN, codes).astype(np.uint8)
