"""The operator Size."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.runtime.registry import operator


@operator("Size", fresh=True)
def size(x: Array, /) -> Array:
    """Number of elements, a scalar of int64."""
    return np.array(x.size, dtype=np.int64)
