"""Compiled twin of `qmodel.kernels.bitpack`: a 64-bit window over the stream, four bytes at a time."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.kernels.compiled.jit import jit


@jit
def pack_groups(values: Array, bits: int) -> Array:
    """As `qmodel.kernels.bitpack.pack_groups`."""
    count = values.size
    packed = np.empty((count * bits + 7) // 8, np.uint8)
    mask = np.uint64((1 << bits) - 1)
    window = np.uint64(0)
    filled = 0
    position = 0
    for index in range(count):
        window |= (np.uint64(values[index]) & mask) << np.uint64(filled)
        filled += bits
        if filled >= 32:
            packed[position] = window & np.uint64(0xFF)
            packed[position + 1] = (window >> np.uint64(8)) & np.uint64(0xFF)
            packed[position + 2] = (window >> np.uint64(16)) & np.uint64(0xFF)
            packed[position + 3] = (window >> np.uint64(24)) & np.uint64(0xFF)
            position += 4
            window >>= np.uint64(32)
            filled -= 32
    while position < packed.size:
        packed[position] = window & np.uint64(0xFF)
        window >>= np.uint64(8)
        position += 1
    return packed


@jit
def unpack_groups(data: Array, bits: int, out: Array) -> Array:
    """As `qmodel.kernels.bitpack.unpack_groups`."""
    mask = np.uint64((1 << bits) - 1)
    window = np.uint64(0)
    filled = 0
    position = 0
    for index in range(out.size):
        if filled < bits:
            if position + 4 <= data.size:
                fresh = np.uint64(data[position])
                fresh |= np.uint64(data[position + 1]) << np.uint64(8)
                fresh |= np.uint64(data[position + 2]) << np.uint64(16)
                fresh |= np.uint64(data[position + 3]) << np.uint64(24)
                window |= fresh << np.uint64(filled)
                position += 4
                filled += 32
            else:
                while filled < bits:
                    window |= np.uint64(data[position]) << np.uint64(filled)
                    position += 1
                    filled += 8
        out[index] = window & mask
        window >>= np.uint64(bits)
        filled -= bits
    return out
