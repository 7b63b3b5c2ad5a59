"""The operator OneHot."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.errors import GraphError
from qmodel.runtime.axes import positive_axis
from qmodel.runtime.memory import require_memory
from qmodel.runtime.registry import operator


@operator("OneHot", since=9, fresh=True, grows=True)
def one_hot(indices: Array, depth: Array, values: Array, /, *, memory_limit: int, axis: int = -1) -> Array:
    """A new axis of length `depth` with values[1] at the index and values[0] elsewhere.

    Negative indices count from the end; an index out of range has values[0] throughout.
    """
    if depth.size != 1 or values.shape != (2,):
        raise GraphError(f"depth must be one number and values two, got shapes {depth.shape} and {values.shape}")
    length = int(depth.reshape(()))
    if length < 0:
        raise GraphError(f"depth must be at least 0, got {length}")
    along = positive_axis(axis, indices.ndim + 1)
    require_memory((*indices.shape, length), values.dtype, memory_limit)
    hot = indices.astype(np.int64, copy=False).reshape(-1)
    hot = np.where(hot < 0, hot + length, hot)
    rows = np.flatnonzero((hot >= 0) & (hot < length))
    made = np.full((hot.size, length), values[0], dtype=values.dtype)
    made[rows, hot[rows]] = values[1]
    return np.moveaxis(made.reshape(*indices.shape, length), -1, along)
