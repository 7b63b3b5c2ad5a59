"""Float planes: the exponents of floats apart from their signs and mantissas (spec/buffers/packed.md).

Plane 0 holds one byte of each element, taken where its exponent ends; the other bits keep their order and fill the
other planes, the most significant byte first. The exponents of weights compress, their signs and mantissas hardly do.
"""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.kernels.dispatch import compiled
from qmodel.kernels.slices import slices

# The lowest bit of the byte that plane 0 takes, by bytes of an element; of two bytes it is the same in f16 and bf16.
EXPONENT_PLACES = {2: 7, 4: 23, 8: 52}


def split_planes(bits: Array, /) -> Array:
    """Take floats apart.

    Args:
        bits: uint16, uint32 or uint64, one axis, native-endian: the bits of the floats.

    Returns:
        uint8 of shape (bytes of an element, elements).
    """
    planes = np.empty((bits.itemsize, bits.size), np.uint8)
    module = compiled("float_planes", bits.size)
    (module.split_into if module else split_into)(bits, planes)
    return planes


def merge_planes(planes: Array, bits: Array, /) -> None:
    """Undo `split_planes`.

    Args:
        planes: uint8, C-contiguous, of shape (2, 4 or 8, elements).
        bits: filled; unsigned integers of as many bytes as there are planes, native-endian, of shape (elements,).
    """
    module = compiled("float_planes", bits.size)
    (module.merge_into if module else merge_into)(planes, bits)


def split_into(bits: Array, planes: Array, /) -> None:
    """Fill `planes`: the reference."""
    place = EXPONENT_PLACES[bits.itemsize]
    low = bits.dtype.type((1 << place) - 1)
    for piece in slices(bits.size):
        whole = bits[piece]
        planes[0, piece] = (whole >> place) & 0xFF
        rest = (whole & low) | ((whole >> 8) & ~low)
        for number in range(1, len(planes)):
            planes[number, piece] = (rest >> (8 * (len(planes) - 1 - number))) & 0xFF


def merge_into(planes: Array, bits: Array, /) -> None:
    """Fill `bits`: the reference."""
    place = EXPONENT_PLACES[bits.itemsize]
    low = bits.dtype.type((1 << place) - 1)
    for piece in slices(bits.size):
        rest = planes[1, piece].astype(bits.dtype)
        for number in range(2, len(planes)):
            rest <<= 8
            rest |= planes[number, piece]
        whole = rest & low
        rest &= ~low
        rest <<= 8
        whole |= rest
        rest[:] = planes[0, piece]
        rest <<= place
        np.bitwise_or(whole, rest, out=bits[piece])
