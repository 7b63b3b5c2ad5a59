"""Where an array has values that are seldom there."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.kernels.dispatch import compiled


def places_of(values: Array, first: int, /, last: int | None = None) -> Array:
    """The places of a value, or of the values of a range: int64, ascending.

    Args:
        values: unsigned, 1-D.
        first: lowest value, one that their dtype has.
        last: highest value, the same for all; None: `first`.
    """
    module, span = compiled("places", values.size), 0 if last is None else last - first
    found: Array = (module.find_places if module else find_places)(values, first, span)
    return found


def find_places(values: Array, first: int, span: int) -> Array:
    """As `places_of`, with last - first: the reference."""
    if span == 0:
        return np.flatnonzero(values == values.dtype.type(first))
    return np.flatnonzero(values - values.dtype.type(first) <= span)
