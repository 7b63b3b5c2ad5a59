"""Compiled twin of `qmodel.kernels.split`: a pass for each plane.

Numbers are of the floats' own width, so that the compiler fills its vectors with as many as they hold.
"""

from __future__ import annotations

from typing import Any

from qmodel.dtypes import Array
from qmodel.kernels.compiled.jit import jit


def take_apart_into(
    bits: Array, leading_bits: int, widths: tuple[int, ...], leading: Array, planes: tuple[Array, ...]
) -> None:
    """As `qmodel.kernels.split.take_apart_into`."""
    number = bits.dtype.type
    sign_place = sum(widths) - 1
    _take(bits, number(sign_place), number((1 << leading_bits) - 1), leading)
    offset = 0
    for plane, width in zip(planes[:-1], widths, strict=False):
        _take(bits, number(offset), number((1 << width) - 1), plane)
        offset += width
    low_bits = sign_place - offset
    _take_top(bits, number(offset), number(low_bits), number(sign_place + leading_bits), planes[-1])


def put_together_into(leading: Array, planes: tuple[Array, ...], widths: tuple[int, ...], out: Array) -> None:
    """As `qmodel.kernels.split.put_together_into`."""
    number = out.dtype.type
    sign_place = sum(widths) - 1
    offset = sign_place + 1 - widths[-1]
    low_bits = widths[-1] - 1
    float_sign = out.itemsize * 8 - 1
    _put_top(leading, planes[-1], number(sign_place), number(offset), number(low_bits), number(float_sign), out)
    offset = 0
    for plane, width in zip(planes[:-1], widths, strict=False):
        _put(plane, number(offset), out)
        offset += width


@jit
def _take(bits: Array, offset: Any, mask: Any, plane: Array) -> None:
    for i in range(bits.size):
        plane[i] = (bits[i] >> offset) & mask


@jit
def _take_top(bits: Array, offset: Any, low_bits: Any, float_sign: Any, plane: Array) -> None:
    number = bits.dtype.type
    mask = (number(1) << low_bits) - number(1)
    for i in range(bits.size):
        plane[i] = ((bits[i] >> offset) & mask) | ((bits[i] >> float_sign) << low_bits)


@jit
def _put_top(
    leading: Array, top: Array, leading_offset: Any, top_offset: Any, low_bits: Any, float_sign: Any, out: Array
) -> None:
    number = out.dtype.type
    mask = (number(1) << low_bits) - number(1)
    for i in range(out.size):
        bits = number(top[i])
        low = (number(leading[i]) << leading_offset) | ((bits & mask) << top_offset)
        out[i] = low | ((bits >> low_bits) << float_sign)


@jit
def _put(plane: Array, offset: Any, out: Array) -> None:
    number = out.dtype.type
    for i in range(out.size):
        out[i] |= number(plane[i]) << offset
