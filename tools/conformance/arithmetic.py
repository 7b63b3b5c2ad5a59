"""The arithmetic of the specification, spelled out with NumPy; nothing of the library's decoder is used."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from qmodel.dtypes import ElementType


def bits(patterns: Sequence[int], element_type: ElementType) -> Any:
    """Storage of a float type from the bits of its numbers."""
    return np.array(patterns, f"u{element_type.storage.itemsize}").view(element_type.storage)


def bf16_bits(values: Any) -> list[int]:
    """Bits of the bfloat16 nearest to each number, ties to even, found among all of them by exact comparison."""
    finite = (np.arange(0x7F80, dtype=np.uint32) << 16).view(np.float32).astype(np.float64)
    ladder = np.append(finite, 2.0**128)
    found = []
    for value in np.asarray(values, np.float64):
        sign = 0x8000 if np.signbit(value) else 0
        if np.isnan(value):
            found.append(sign | 0x7FC0)
            continue
        below = min(int(np.searchsorted(ladder, abs(value), "right")) - 1, len(ladder) - 1)
        above = min(below + 1, len(ladder) - 1)
        under, over = abs(value) - ladder[below], ladder[above] - abs(value)
        up = np.isinf(value) or over < under or (over == under and below % 2 == 1)
        found.append(sign | (above if up else below))
    return found


# Exponent bits, fraction bits, bias.
_SMALL_FLOATS = {
    "f8e4m3": (4, 3, 7),
    "f8e5m2": (5, 2, 15),
    "f6e2m3": (2, 3, 1),
    "f6e3m2": (3, 2, 3),
    "f4e2m1": (2, 1, 1),
}


def small_float_numbers(patterns: Sequence[int], element_type: ElementType) -> Any:
    """The numbers of small floats as float64, one pattern after another by the definition of the type."""
    of_pattern = _power_of_two if element_type.name == "e8m0" else _signed_small_float
    return np.array([of_pattern(int(pattern), element_type) for pattern in patterns], np.float64)


def _power_of_two(pattern: int, element_type: ElementType) -> float:
    return float("nan") if pattern == 0xFF else 2.0 ** (pattern - 127)


def _signed_small_float(pattern: int, element_type: ElementType) -> float:
    exponent_bits, fraction_bits, bias = _SMALL_FLOATS[element_type.name]
    sign = -1.0 if pattern >> (exponent_bits + fraction_bits) else 1.0
    exponent = pattern >> fraction_bits & ((1 << exponent_bits) - 1)
    fraction = (pattern & ((1 << fraction_bits) - 1)) / (1 << fraction_bits)
    if element_type.name == "f8e5m2" and exponent == 31:
        return float("nan") if fraction else sign * float("inf")
    if element_type.name == "f8e4m3" and pattern & 0x7F == 0x7F:
        return float("nan")
    if exponent == 0:
        return float(sign * fraction * 2.0 ** (1 - bias))
    return float(sign * (1 + fraction) * 2.0 ** (exponent - bias))


def spread(blocks: Any, shape: tuple[int, ...], block_shape: tuple[int, ...]) -> Any:
    """Each element's entry of an array that has one for each block."""
    array = np.asarray(blocks)
    for axis, (length, block) in enumerate(zip(shape, block_shape, strict=True)):
        array = np.repeat(array, block, axis=axis).take(range(length), axis=axis)
    return np.broadcast_to(array, shape)


def affine_values(codes: Any, scale: Any, zero: Any, block_shape: tuple[int, ...], float_type: Any) -> Any:
    """The arithmetic of spec/encodings/affine.md, one operation after another."""
    codes = np.asarray(codes)
    scales = spread(scale, codes.shape, block_shape).astype(float_type)
    with np.errstate(all="ignore"):
        if zero is None:
            return codes.astype(float_type) * scales
        zeros = spread(zero, codes.shape, block_shape)
        if codes.dtype.kind == "f" or zeros.dtype.kind == "f":
            return (codes.astype(float_type) - zeros.astype(float_type)) * scales
        return (codes.astype(np.int64) - zeros.astype(np.int64)).astype(float_type) * scales
