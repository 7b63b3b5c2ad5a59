"""Few values that a coding is fitted to in place of many: fitting needs several times the memory of what it sees."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.kernels.slices import slices

# Coders' frequencies are coarser than frequencies among so many.
_MOST = 1 << 18


def representative(values: Array, /) -> Array:
    """Values about as frequent among each other as all are, in ascending order; each that occurs is there.

    Args:
        values: integers of at most 16 bits, 1-D.

    Returns:
        All values as they are, where they are few; otherwise about 2^18, of their dtype.
    """
    if values.size <= _MOST:
        return values
    lowest, highest = int(values.min()), int(values.max())
    counts = np.zeros(highest - lowest + 1, np.int64)
    for piece in slices(values.size):
        places = values[piece].astype(np.intp)
        places -= lowest
        counts += np.bincount(places, minlength=counts.size)
    scaled = np.maximum(counts * _MOST // values.size, counts > 0)
    return np.repeat(np.arange(lowest, highest + 1), scaled).astype(values.dtype)
