"""Where an array has a value that is seldom there."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.kernels.dispatch import compiled


def places_of(values: Array, value: int, /) -> Array:
    """The places of a value: int64, ascending.

    Args:
        values: unsigned, 1-D.
        value: one that their dtype has.
    """
    module = compiled("places", values.size)
    found: Array = (module.find_places if module else find_places)(values, value)
    return found


def find_places(values: Array, value: int, /) -> Array:
    """As `places_of`: the reference."""
    return np.flatnonzero(values == values.dtype.type(value))
