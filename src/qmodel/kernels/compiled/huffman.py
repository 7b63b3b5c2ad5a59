"""Compiled twin of `qmodel.kernels.huffman`."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.kernels.compiled.jit import jit


@jit
def count_bytes(data: Array) -> Array:
    """As `qmodel.kernels.huffman.count_bytes`; four tables, so that equal neighbours need not wait for each other."""
    counts = np.zeros((4, 256), np.int64)
    whole = data.size // 4 * 4
    for i in range(0, whole, 4):
        counts[0, data[i]] += 1
        counts[1, data[i + 1]] += 1
        counts[2, data[i + 2]] += 1
        counts[3, data[i + 3]] += 1
    for i in range(whole, data.size):
        counts[0, data[i]] += 1
    total: Array = counts.sum(axis=0)
    return total


@jit
def encode_backwards(data: Array, codes: Array, lengths: Array) -> Array:
    """As `qmodel.kernels.huffman.encode_backwards`."""
    out = np.empty(2 * data.size + 9, np.uint8)
    words = out[: out.size // 4 * 4].view(np.uint32)
    window = np.uint64(0)
    filled = np.uint64(0)
    position = 0
    for i in range(data.size - 1, -1, -1):
        byte = data[i]
        window |= np.uint64(codes[byte]) << filled
        filled += np.uint64(lengths[byte])
        if filled >= np.uint64(32):
            words[position] = np.uint32(window)
            position += 1
            window >>= np.uint64(32)
            filled -= np.uint64(32)
    window |= np.uint64(1) << filled
    size = 4 * position + np.int64(filled) // 8 + 1
    for place in range(4 * position, size):
        out[place] = np.uint8(window)
        window >>= np.uint64(8)
    return out[:size]
