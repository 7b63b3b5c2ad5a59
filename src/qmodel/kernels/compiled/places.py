"""Compiled twin of `qmodel.kernels.places`: blocks without the values are passed in vector registers."""

from __future__ import annotations

from typing import Any

import numpy as np

from qmodel.dtypes import Array
from qmodel.kernels.compiled.jit import jit

_BLOCK = 256


def find_places(values: Array, first: int, span: int) -> Array:
    """As `qmodel.kernels.places.find_places`."""
    number, room = values.dtype.type, np.empty(_BLOCK, np.int64)
    lowest, width = number(first), number(span)
    count = _find(values, lowest, width, room)
    if count > room.size:
        room = np.empty(count, np.int64)
        _find(values, lowest, width, room)
    return room[:count]


@jit
def _find(values: Array, lowest: Any, width: Any, places: Array) -> int:
    """Fill in the first places, as many as there is room for; returns how many there are."""
    number, count, whole = values.dtype.type, 0, values.size // _BLOCK * _BLOCK
    for start in range(0, whole, _BLOCK):
        nearest = number(values[start] - lowest)
        for i in range(_BLOCK):
            nearest = min(nearest, number(values[start + i] - lowest))
        if nearest <= width:
            count = _find_in_block(values, lowest, width, start, start + _BLOCK, places, count)
    return _find_in_block(values, lowest, width, whole, values.size, places, count)


@jit
def _find_in_block(values: Array, lowest: Any, width: Any, start: int, stop: int, places: Array, count: int) -> int:
    number = values.dtype.type
    for i in range(start, stop):
        if number(values[i] - lowest) <= width:
            if count < places.size:
                places[count] = i
            count += 1
    return count
