"""Compiled twin of `qmodel.kernels.bit_planes`: squares of 8 by 8 bits are transposed in a 64-bit register."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.kernels.compiled.jit import jit

# Planes often lie a power of two apart: few groups at a time, or their lines drive each other out of the cache.
_GROUPS = 64


@jit
def split_into(codes: Array, planes: Array) -> None:
    """As `qmodel.kernels.bit_planes.split_into`."""
    width = len(planes)
    squares = np.empty(_GROUPS, np.uint64)
    for start in range(0, codes.size // 8, _GROUPS):
        count = min(_GROUPS, codes.size // 8 - start)
        for low in range(0, width, 8):
            shift = np.uint64(low)
            for group in range(count):
                square = np.uint64(0)
                for j in range(8):
                    byte = (np.uint64(codes[8 * (start + group) + j]) >> shift) & np.uint64(0xFF)
                    square |= byte << np.uint64(8 * j)
                squares[group] = _transposed(square)
            for place in range(low, min(low + 8, width)):
                for group in range(count):
                    planes[place, start + group] = np.uint8(squares[group] >> np.uint64(8 * (place - low)))


@jit
def merge_into(planes: Array, codes: Array) -> None:
    """As `qmodel.kernels.bit_planes.merge_into`."""
    width = len(planes)
    squares = np.empty(_GROUPS, np.uint64)
    codes[:] = 0
    for start in range(0, codes.size // 8, _GROUPS):
        count = min(_GROUPS, codes.size // 8 - start)
        for low in range(0, width, 8):
            squares[:] = 0
            for place in range(low, min(low + 8, width)):
                for group in range(count):
                    squares[group] |= np.uint64(planes[place, start + group]) << np.uint64(8 * (place - low))
            shift = np.uint64(low)
            for group in range(count):
                square = _transposed(squares[group])
                for j in range(8):
                    codes[8 * (start + group) + j] |= ((square >> np.uint64(8 * j)) & np.uint64(0xFF)) << shift


@jit
def _transposed(square: np.uint64) -> np.uint64:
    """Bit j of byte i as bit i of byte j: blocks of 1, 2 and 4 bits across the diagonal are exchanged in turn."""
    swap = (square ^ (square >> np.uint64(7))) & np.uint64(0x00AA00AA00AA00AA)
    square ^= swap ^ (swap << np.uint64(7))
    swap = (square ^ (square >> np.uint64(14))) & np.uint64(0x0000CCCC0000CCCC)
    square ^= swap ^ (swap << np.uint64(14))
    swap = (square ^ (square >> np.uint64(28))) & np.uint64(0x00000000F0F0F0F0)
    return square ^ swap ^ (swap << np.uint64(28))
