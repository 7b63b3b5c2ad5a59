"""Compiled twin of `qmodel.kernels.split`: a pass for each plane.

Numbers are of the floats' own width, so that the compiler fills its vectors with as many as they hold. What is made on
the way lies in blocks that stay in the nearest cache.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from qmodel.dtypes import Array
from qmodel.kernels.compiled.jit import jit
from qmodel.kernels.row_shifts import Shifts

_BLOCK = 1 << 12


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


def put_together_into(
    leading: Array,
    planes: tuple[Array, ...],
    widths: tuple[int, ...],
    top_is_packed: bool,
    shifts: Shifts | None,
    start: int,
    out: Array,
) -> None:
    """As `qmodel.kernels.split.put_together_into`."""
    number, float_bits, rest_bits, low_bits = out.dtype.type, out.itemsize * 8, sum(widths), widths[-1] - 1
    leading_mask, low_mask, sign = (1 << float_bits - rest_bits) - 1, (1 << low_bits) - 1, 1 << float_bits - 1
    places = (1 << rest_bits - 1, 1 << rest_bits - 1 - low_bits, 1 << float_bits - 1 - low_bits)
    fields = tuple(map(number, (leading_mask, low_mask, sign, *places)))
    rows, columns = (shifts.rows.astype(out.dtype), shifts.columns.astype(out.dtype)) if shifts else (None, None)
    put = _packed_putter(widths[-1]) if top_is_packed else _put_rows
    put(leading, planes[-1], fields, rows, columns, start, out)
    offset = 0
    for plane, width in zip(planes[:-1], widths, strict=False):
        _put(plane, number(1 << offset), out)
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


@cache
def _packed_putter(width: int) -> Callable[..., None]:
    """As `_put_rows` with a plane of packed bits: eight elements are `width` bytes, and all shifts are constants."""
    mask = (1 << width) - 1

    @jit
    def put(leading: Array, top: Array, fields: Any, rows: Any, columns: Any, start: int, out: Array) -> None:
        plane = np.empty(_BLOCK, np.uint8)
        for first in range(0, out.size, _BLOCK):
            part, data = out[first : first + _BLOCK], top[first * width // 8 : (first + _BLOCK) * width // 8]
            groups = data.size // width
            for group in range(groups):
                word = np.uint64(0)
                for byte in range(width):
                    word |= np.uint64(data[group * width + byte]) << np.uint64(8 * byte)
                for element in range(8):
                    plane[group * 8 + element] = (word >> np.uint64(element * width)) & np.uint64(mask)
            rest = np.uint64(0)
            for byte in range(data.size - groups * width):
                rest |= np.uint64(data[groups * width + byte]) << np.uint64(8 * byte)
            for element in range(part.size - groups * 8):
                plane[groups * 8 + element] = (rest >> np.uint64(element * width)) & np.uint64(mask)
            _put_rows(leading[first : first + part.size], plane, fields, rows, columns, start + first, part)

    return put


@jit
def _put_rows(leading: Array, top: Array, fields: Any, rows: Any, columns: Any, start: int, out: Array) -> None:
    """Fill `out` with the leading bits, shifted where there are columns, and the plane that has the sign."""
    if columns is None:
        _put_row(leading, top, fields, None, None, out)
        return
    row, column, position = start // columns.size, start % columns.size, 0
    while position < out.size:
        part = out[position : position + columns.size - column]
        _put_row(leading[position:], top[position:], fields, rows[row], columns[column:], part)
        row, column, position = row + 1, 0, position + part.size


@jit
def _put_row(leading: Array, top: Array, fields: Any, of_row: Any, columns: Any, out: Array) -> None:
    """Products put bits in their places: unlike shifts by variables they need no wider numbers."""
    number = out.dtype.type
    leading_mask, low_mask, sign, leading_place, low_place, sign_place = fields
    for i in range(out.size):
        first, bits = number(leading[i]), number(top[i])
        if columns is not None:
            first = (first + of_row + columns[i]) & leading_mask
        out[i] = (first * leading_place) | ((bits & low_mask) * low_place) | ((bits * sign_place) & sign)


@jit
def _put(plane: Array, place: Any, out: Array) -> None:
    number = out.dtype.type
    for i in range(out.size):
        out[i] |= number(plane[i]) * place
