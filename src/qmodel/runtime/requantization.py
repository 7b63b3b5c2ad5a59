"""From real numbers to the values of a quantized type: rounded, moved by the zero point, saturated."""

from __future__ import annotations

from typing import Any

import numpy as np

from qmodel.dtypes import Array
from qmodel.runtime.conversion import converted
from qmodel.runtime.precision import widened

_LIMITS = {"int4": (-8, 7), "uint4": (0, 15), "int2": (-2, 1), "uint2": (0, 3)}


def requantized(scaled: Array, zero_point: Array | None, dtype: np.dtype[Any], /, *, saturate: bool = True) -> Array:
    """Numbers already divided by the scale as the values of a type.

    Args:
        scaled: floats, which may be overwritten.
        zero_point: of the type, broadcastable to the numbers; None for 0.
        dtype: an integer of up to 16 bits, or a float of up to 8.
        saturate: whether what is too large for an 8-bit float becomes the largest one.

    Returns:
        Integers are rounded to nearest, ties to even, before the zero point is added; NaN becomes the smallest one, as
        in onnxruntime on x86-64, for ONNX says nothing of it.
    """
    values = np.asarray(widened(scaled))
    has_zero_point = zero_point is not None and bool(zero_point.astype(np.float32).any())
    is_integer = "int" in dtype.name
    if is_integer:
        np.rint(values, out=values)
    if zero_point is not None and has_zero_point:
        values += zero_point.astype(values.dtype)
    if not is_integer:
        return converted(values, dtype, saturate=saturate)
    lowest, largest = limits_of(dtype)
    np.fmax(values, lowest, out=values)
    np.minimum(values, largest, out=values)
    return converted(values if dtype.isbuiltin == 1 else values.astype(np.int8), dtype)


def limits_of(dtype: np.dtype[Any], /) -> tuple[int, int]:
    """Smallest and largest value of an integer type, those of 4 and 2 bits included."""
    if dtype.name in _LIMITS:
        return _LIMITS[dtype.name]
    limits = np.iinfo(dtype)
    return int(limits.min), int(limits.max)


def centred(x: Array, zero_point: Array | None, dtype: Any, /) -> Array:
    """X - zero point in a float dtype, exact for integers of up to 16 bits and for narrow floats; x's copy."""
    source = x if x.dtype.isbuiltin == 1 else x.astype(np.float32)
    if zero_point is None:
        return source.astype(dtype)
    return np.asarray(np.subtract(source, zero_point.astype(np.float32), dtype=dtype))
