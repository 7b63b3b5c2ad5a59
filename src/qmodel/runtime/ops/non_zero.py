"""The operator NonZero."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.runtime.registry import operator


@operator("NonZero", since=9, fresh=True)
def non_zero(x: Array, /) -> Array:
    """Indices of the elements that are not zero, int64 (rank, count), in row-major order."""
    if x.ndim == 0:
        return np.zeros((0, int(x != 0)), dtype=np.int64)
    return np.array(np.nonzero(x), dtype=np.int64)
