"""Few values that a coding is fitted to in place of many: fitting needs several times the memory of what it sees."""

from __future__ import annotations

import numpy as np

from qmodel.buffers.value_counts import value_counts
from qmodel.dtypes import Array

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
    distinct, counts = value_counts(values)
    return np.repeat(distinct, np.maximum(counts * _MOST // values.size, 1)).astype(values.dtype)
