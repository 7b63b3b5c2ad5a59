"""Compiled twin of `qmodel.kernels.places`: blocks without the value are passed in vector registers."""

from __future__ import annotations

from typing import Any

import numpy as np

from qmodel.dtypes import Array
from qmodel.kernels.compiled.jit import jit

_BLOCK = 256


def find_places(values: Array, value: int) -> Array:
    """As `qmodel.kernels.places.find_places`."""
    wanted, room = values.dtype.type(value), np.empty(_BLOCK, np.int64)
    count = _find(values, wanted, room)
    if count > room.size:
        room = np.empty(count, np.int64)
        _find(values, wanted, room)
    return room[:count]


@jit
def _find(values: Array, wanted: Any, places: Array) -> int:
    """Fill in the first places, as many as there is room for; returns how many there are."""
    number, count, whole = values.dtype.type, 0, values.size // _BLOCK * _BLOCK
    for start in range(0, whole, _BLOCK):
        hit = number(0)
        for i in range(_BLOCK):
            hit |= number(1) if values[start + i] == wanted else number(0)
        if hit:
            count = _find_in_block(values, wanted, start, start + _BLOCK, places, count)
    return _find_in_block(values, wanted, whole, values.size, places, count)


@jit
def _find_in_block(values: Array, wanted: Any, start: int, stop: int, places: Array, count: int) -> int:
    for i in range(start, stop):
        if values[i] == wanted:
            if count < places.size:
                places[count] = i
            count += 1
    return count
