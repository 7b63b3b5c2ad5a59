"""Floats taken apart: their leading bits, and planes of what remains (spec/buffers/split.md).

The leading bits are the exponent and perhaps the first bits of the mantissa, which are worth an entropy coder. What
remains, the lowest bits of the mantissa and the sign above them, is cut in planes from the lowest bit upwards.
"""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.kernels.dispatch import compiled
from qmodel.kernels.slices import slices

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


def put_together(leading: Array, planes: tuple[Array, ...], widths: tuple[int, ...], out: Array, /) -> None:
    """Undo `take_apart`.

    Args:
        leading: unsigned, 1-D.
        planes: unsigned, each of the shape of leading, with values of its width.
        widths: bits of each plane, from the lowest.
        out: filled; unsigned integers of the shape of leading, as wide as the leading bits and all planes together.
    """
    module = compiled("split", out.size)
    (module.put_together_into if module else put_together_into)(leading, planes, widths, out)


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


def put_together_into(leading: Array, planes: tuple[Array, ...], widths: tuple[int, ...], out: Array, /) -> None:
    """Fill `out`: the reference."""
    sign_place = sum(widths) - 1
    sign_shift = out.itemsize * 8 - 1 - sign_place
    for piece in slices(out.size):
        remainder = np.zeros_like(out[piece])
        for plane, width in zip(reversed(planes), reversed(widths), strict=True):
            remainder <<= width
            remainder |= plane[piece]
        signs = remainder & (1 << sign_place)
        out[piece] = (leading[piece].astype(out.dtype) << sign_place) | (remainder ^ signs) | (signs << sign_shift)
