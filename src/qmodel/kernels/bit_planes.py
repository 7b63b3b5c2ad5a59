"""Bit planes: all lowest bits of the elements, then all next ones (spec/buffers/packed.md).

A plane of 8 · g elements is g bytes: bit i mod 8 of byte i div 8, least significant first, belongs to element i.
"""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.kernels.dispatch import compiled
from qmodel.kernels.slices import slices


def split_planes(codes: Array, bits: int, /) -> Array:
    """Cut integers into planes of single bits.

    Args:
        codes: unsigned, one axis, a multiple of 8 long; bits above the lowest `bits` are dropped.
        bits: 1 to 64.

    Returns:
        uint8 of shape (bits, elements / 8).
    """
    planes = np.empty((bits, codes.size // 8), np.uint8)
    module = compiled("bit_planes", codes.size)
    (module.split_into if module else split_into)(codes, planes)
    return planes


def merge_planes(planes: Array, codes: Array, /) -> None:
    """Undo `split_planes`.

    Args:
        planes: uint8 of shape (bits, elements / 8).
        codes: filled; unsigned, of at least as many bits as there are planes, and shape (elements,).
    """
    module = compiled("bit_planes", codes.size)
    (module.merge_into if module else merge_into)(planes, codes)


def split_into(codes: Array, planes: Array, /) -> None:
    """Fill `planes`: the reference."""
    for piece in slices(codes.size):
        part = codes[piece]
        for place, plane in enumerate(planes):
            bits = (part >> place & 1).astype(np.uint8)
            plane[piece.start // 8 : piece.stop // 8] = np.packbits(bits, bitorder="little")


def merge_into(planes: Array, codes: Array, /) -> None:
    """Fill `codes`: the reference."""
    for piece in slices(codes.size):
        part = codes[piece]
        part[:] = 0
        for place, plane in enumerate(planes):
            bits = np.unpackbits(plane[piece.start // 8 : piece.stop // 8], bitorder="little")
            part |= bits.astype(codes.dtype) << codes.dtype.type(place)
