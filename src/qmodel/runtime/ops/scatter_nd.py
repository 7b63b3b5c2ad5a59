"""The operator ScatterND."""

from __future__ import annotations

from math import prod

import numpy as np

from qmodel.dtypes import Array
from qmodel.errors import GraphError
from qmodel.runtime.coordinates import flat_places, scatter
from qmodel.runtime.precision import require_one_dtype
from qmodel.runtime.registry import operator


@operator("ScatterND", since=11, fresh=True)
def scatter_nd(x: Array, indices: Array, updates: Array, /, *, reduction: str = "none") -> Array:
    """A copy of x with slices written where the tuples along the last axis of the indices say."""
    require_one_dtype(x, updates)
    depth = indices.shape[-1] if indices.ndim else 0
    if not 1 <= depth <= x.ndim or updates.shape != (*indices.shape[:-1], *x.shape[depth:]):
        raise GraphError(f"indices {indices.shape} and updates {updates.shape} do not fit x of shape {x.shape}")
    rows = flat_places(list(np.moveaxis(indices, -1, 0)), x.shape[:depth])
    size = prod(x.shape[depth:])
    if reduction == "none":
        made: Array = np.array(x, order="C")
        made.reshape(prod(x.shape[:depth]), size)[rows.reshape(-1)] = updates.reshape(rows.size, size)
        return made
    return scatter(x, rows[..., None] * size + np.arange(size), updates, reduction)
