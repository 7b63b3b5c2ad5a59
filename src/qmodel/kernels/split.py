"""Floats taken apart: their leading bits, and planes of what remains (spec/buffers/split.md).

The leading bits are the exponent and perhaps the first bits of the mantissa, which are worth an entropy coder. What
remains, the lowest bits of the mantissa and the sign above them, is cut in planes from the lowest bit upwards.
"""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.kernels.bitpack import unpack
from qmodel.kernels.dispatch import compiled
from qmodel.kernels.row_shifts import Shifts, shifted
from qmodel.kernels.slices import slices

# Wider planes fill bytes of their own, or are few.
MOST_PACKED_BITS = 7
_HELD_BITS = (8, 16, 32)


def take_apart(bits: Array, leading_bits: int, widths: tuple[int, ...], /) -> tuple[Array, tuple[Array, ...]]:
    """Take floats apart.

    Args:
        bits: unsigned, 1-D: the bits of floats of `leading_bits` + sum(`widths`) bits.
        leading_bits: how many bits below the sign are the leading ones; 1 to 32.
        widths: bits of each plane, from the lowest; 1 to 32 each.

    Returns:
        The leading bits and the planes, each in the narrowest unsigned dtype.
    """
    leading = np.empty(bits.size, held_dtype(leading_bits))
    planes = tuple(np.empty(bits.size, held_dtype(width)) for width in widths)
    module = compiled("split", bits.size)
    (module.take_apart_into if module else take_apart_into)(bits, leading_bits, widths, leading, planes)
    return leading, planes


def put_together(
    leading: Array,
    planes: tuple[Array, ...],
    widths: tuple[int, ...],
    out: Array,
    /,
    *,
    top_is_packed: bool = False,
    shifts: Shifts | None = None,
    start: int = 0,
) -> None:
    """Undo `take_apart`.

    Args:
        leading: unsigned, 1-D.
        planes: unsigned, each of the shape of leading, with values of its width.
        widths: bits of each plane, from the lowest.
        out: filled; unsigned integers of the shape of leading, as wide as the leading bits and all planes together.
        top_is_packed: whether the last plane is uint8 of packed bits (`qmodel.kernels.bitpack`); only where it has at
            most `MOST_PACKED_BITS`.
        shifts: what is added to the leading bits first; None: nothing.
        start: place of the first element in the matrix of the shifts.
    """
    module = compiled("split", out.size)
    put = module.put_together_into if module else put_together_into
    put(leading, planes, widths, top_is_packed, shifts, start, out)


def held_dtype(bits: int, /) -> np.dtype[np.unsignedinteger]:
    """The narrowest unsigned dtype of at least so many bits."""
    return np.dtype(f"u{next(held for held in _HELD_BITS if held >= bits) // 8}")


def take_apart_into(
    bits: Array, leading_bits: int, widths: tuple[int, ...], leading: Array, planes: tuple[Array, ...], /
) -> None:
    """Fill the leading bits and the planes: the reference."""
    sign_place = sum(widths) - 1
    for piece in slices(bits.size):
        whole = bits[piece]
        leading[piece] = (whole >> sign_place) & ((1 << leading_bits) - 1)
        remainder = (whole & ((1 << sign_place) - 1)) | ((whole >> leading_bits) & (1 << sign_place))
        for plane, width in zip(planes, widths, strict=True):
            plane[piece] = remainder & ((1 << width) - 1)
            remainder >>= width


def put_together_into(
    leading: Array,
    planes: tuple[Array, ...],
    widths: tuple[int, ...],
    top_is_packed: bool,
    shifts: Shifts | None,
    start: int,
    out: Array,
    /,
) -> None:
    """Fill `out`: the reference."""
    sign_place = sum(widths) - 1
    leading_bits = out.itemsize * 8 - 1 - sign_place
    if shifts:
        leading = shifted(leading, leading_bits, shifts, start=start)
    if top_is_packed:
        planes = (*planes[:-1], unpack(planes[-1], widths[-1], out.size, out_dtype=np.uint8))
    for piece in slices(out.size):
        remainder = np.zeros_like(out[piece])
        for plane, width in zip(reversed(planes), reversed(widths), strict=True):
            remainder <<= width
            remainder |= plane[piece]
        signs = remainder & (1 << sign_place)
        out[piece] = (leading[piece].astype(out.dtype) << sign_place) | (remainder ^ signs) | (signs << leading_bits)
