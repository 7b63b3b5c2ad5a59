"""Compiled twin of `qmodel.kernels.shuffle`: one loop for each width, so that its strides are constants.

With constant strides the compiler interleaves in vector registers; a loop over a variable width runs ten times slower.
"""

from __future__ import annotations

from qmodel.dtypes import Array
from qmodel.kernels.compiled.jit import jit


def shuffle_into(data: Array, element_bytes: int, out: Array) -> Array:
    """As `qmodel.kernels.shuffle.shuffle_into`."""
    _SHUFFLES[element_bytes](data, out)
    return out


def unshuffle_into(data: Array, element_bytes: int, out: Array) -> Array:
    """As `qmodel.kernels.shuffle.unshuffle_into`."""
    _UNSHUFFLES[element_bytes](data, out)
    return out


@jit
def _shuffle_2(data: Array, out: Array) -> None:
    count = data.size // 2
    for i in range(count):
        out[i] = data[2 * i]
        out[count + i] = data[2 * i + 1]


@jit
def _shuffle_4(data: Array, out: Array) -> None:
    count = data.size // 4
    for i in range(count):
        out[i] = data[4 * i]
        out[count + i] = data[4 * i + 1]
        out[2 * count + i] = data[4 * i + 2]
        out[3 * count + i] = data[4 * i + 3]


@jit
def _shuffle_8(data: Array, out: Array) -> None:
    count = data.size // 8
    for i in range(count):
        out[i] = data[8 * i]
        out[count + i] = data[8 * i + 1]
        out[2 * count + i] = data[8 * i + 2]
        out[3 * count + i] = data[8 * i + 3]
        out[4 * count + i] = data[8 * i + 4]
        out[5 * count + i] = data[8 * i + 5]
        out[6 * count + i] = data[8 * i + 6]
        out[7 * count + i] = data[8 * i + 7]


@jit
def _unshuffle_2(data: Array, out: Array) -> None:
    count = data.size // 2
    for i in range(count):
        out[2 * i] = data[i]
        out[2 * i + 1] = data[count + i]


@jit
def _unshuffle_4(data: Array, out: Array) -> None:
    count = data.size // 4
    for i in range(count):
        out[4 * i] = data[i]
        out[4 * i + 1] = data[count + i]
        out[4 * i + 2] = data[2 * count + i]
        out[4 * i + 3] = data[3 * count + i]


@jit
def _unshuffle_8(data: Array, out: Array) -> None:
    count = data.size // 8
    for i in range(count):
        out[8 * i] = data[i]
        out[8 * i + 1] = data[count + i]
        out[8 * i + 2] = data[2 * count + i]
        out[8 * i + 3] = data[3 * count + i]
        out[8 * i + 4] = data[4 * count + i]
        out[8 * i + 5] = data[5 * count + i]
        out[8 * i + 6] = data[6 * count + i]
        out[8 * i + 7] = data[7 * count + i]


_SHUFFLES = {2: _shuffle_2, 4: _shuffle_4, 8: _shuffle_8}
_UNSHUFFLES = {2: _unshuffle_2, 4: _unshuffle_4, 8: _unshuffle_8}
