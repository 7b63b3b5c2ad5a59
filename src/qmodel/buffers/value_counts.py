"""How often each value of an array occurs."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.kernels.slices import slices

# Beyond so many different values sorting them is quicker.
_MOST_COUNTED = 1 << 16


def value_counts(values: Array, /) -> tuple[Array, Array]:
    """The values that occur, ascending as int64, and how often each does, int64.

    Args:
        values: integers of less than 64 bits, 1-D, at least one.
    """
    lowest, highest = int(values.min()), int(values.max())
    if highest - lowest >= _MOST_COUNTED:
        distinct, counts = np.unique(values, return_counts=True)
        return distinct.astype(np.int64), counts
    counts = np.zeros(highest - lowest + 1, np.int64)
    for piece in slices(values.size):
        places = values[piece].astype(np.int64)
        places -= lowest
        counts += np.bincount(places, minlength=counts.size)
    present = np.flatnonzero(counts)
    return present + lowest, counts[present]
