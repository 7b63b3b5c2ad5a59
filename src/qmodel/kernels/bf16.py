"""bfloat16 as bits: the upper half of a binary32.

bf16 has 1 sign bit, 8 exponent bits and 7 fraction bits. Rounding is to nearest, ties to even, once, from the type
given; finite values from 2^128 − 2^119 on, in magnitude, become infinite. A NaN becomes a quiet NaN with its sign and
the upper 6 bits of its payload.
"""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.errors import InvalidInputError
from qmodel.kernels.dispatch import compiled
from qmodel.kernels.round_to_odd import f64_to_odd_f32
from qmodel.kernels.slices import slices


def bf16_to_f32(bits: Array, /, *, out: Array | None = None) -> Array:
    """Widen bfloat16, exactly; the bits of NaNs are kept.

    Args:
        bits: uint16, any shape: the bits of bfloat16 numbers.
        out: where to put the result: float32, C-contiguous, of the shape of `bits`.

    Returns:
        `out`, or a new array: float32 of the shape of `bits`.

    Raises:
        InvalidInputError: an array has another dtype or shape.
    """
    source = _checked(bits, np.uint16)
    if out is None:
        out = np.empty(bits.shape, np.float32)
    elif out.dtype != np.float32 or out.shape != bits.shape or not out.flags.c_contiguous:
        raise InvalidInputError(f"out must be contiguous float32 of shape {bits.shape}, not {out.dtype} {out.shape}")
    target = out.reshape(-1).view(np.uint32)
    if module := compiled("bf16", source.size):
        module.widen_bf16(source, target)
    else:
        widen_bf16(source, target)
    return out


def f32_to_bf16(values: Array, /) -> Array:
    """Round float32 to bfloat16: to nearest, ties to even.

    Args:
        values: float32, any shape.

    Returns:
        uint16 of the shape of `values`: the bits of the bfloat16 numbers.

    Raises:
        InvalidInputError: the array is not float32.
    """
    source = _checked(values, np.float32).view(np.uint32)
    target = np.empty(source.size, np.uint16)
    if module := compiled("bf16", source.size):
        module.round_f32(source, target)
    else:
        round_f32(source, target)
    return target.reshape(values.shape)


def f64_to_bf16(values: Array, /) -> Array:
    """Round float64 to bfloat16: to nearest, ties to even, without a rounding to float32 in between.

    Args:
        values: float64, any shape.

    Returns:
        uint16 of the shape of `values`: the bits of the bfloat16 numbers.

    Raises:
        InvalidInputError: the array is not float64.
    """
    source = _checked(values, np.float64)
    target = np.empty(source.size, np.uint16)
    if module := compiled("bf16", source.size):
        module.round_f64(source, target)
    else:
        round_f64(source, target)
    return target.reshape(values.shape)


def widen_bf16(source: Array, target: Array, /) -> None:
    """Fill `target`, uint32 bits of float32, from `source`, uint16 bits of bfloat16: the reference."""
    for piece in slices(source.size):
        np.left_shift(source[piece], 16, out=target[piece], dtype=np.uint32)


def round_f32(source: Array, target: Array, /) -> None:
    """Fill `target`, uint16 bits of bfloat16, from `source`, uint32 bits of float32: the reference."""
    for piece in slices(source.size):
        bits = source[piece]
        upper = bits >> np.uint32(16)
        rounded = _round_upper_half(bits)
        is_nan = (bits & np.uint32(0x7FFFFFFF)) > np.uint32(0x7F800000)
        target[piece] = np.where(is_nan, upper | np.uint32(0x40), rounded)


def round_f64(source: Array, target: Array, /) -> None:
    """Fill `target`, uint16 bits of bfloat16, from `source`, float64: the reference."""
    for piece in slices(source.size):
        values = source[piece]
        rounded = _round_upper_half(f64_to_odd_f32(values))
        target[piece] = np.where(np.isnan(values), _nan_of_f64(values.view(np.uint64)), rounded)


def _nan_of_f64(bits: Array) -> Array:
    """The bfloat16 NaN of each float64 NaN: its sign, a set quiet bit, the upper 6 bits of its payload."""
    sign = bits >> np.uint64(48) & np.uint64(0x8000)
    return sign | np.uint64(0x7FC0) | (bits >> np.uint64(45) & np.uint64(0x3F))


def _round_upper_half(bits: Array) -> Array:
    """The upper 16 of 32 bits, rounded to nearest, ties to even."""
    half = np.uint32(0x7FFF) + (bits >> np.uint32(16) & np.uint32(1))
    return np.asarray((bits + half) >> np.uint32(16))


def _checked(array: Array, dtype: type[np.generic]) -> Array:
    if array.dtype != dtype:
        raise InvalidInputError(f"expected an array of {np.dtype(dtype)}, got {array.dtype}")
    return np.ascontiguousarray(array, dtype=dtype).reshape(-1)
