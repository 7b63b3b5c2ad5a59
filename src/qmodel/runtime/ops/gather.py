"""The operator Gather."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.runtime.axes import positive_axis
from qmodel.runtime.registry import operator


@operator("Gather")
def gather(x: Array, indices: Array, /, *, axis: int = 0) -> Array:
    """Entries of an axis by index; negative indices count from the end."""
    if indices.ndim == 0:
        return x[(slice(None),) * positive_axis(axis, x.ndim) + (int(indices),)]
    return np.take(x, indices, axis=axis)
