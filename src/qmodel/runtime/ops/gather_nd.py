"""The operator GatherND."""

from __future__ import annotations

from math import prod

import numpy as np

from qmodel.dtypes import Array
from qmodel.errors import GraphError
from qmodel.runtime.coordinates import flat_places
from qmodel.runtime.registry import operator


@operator("GatherND", since=11, fresh=True)
def gather_nd(x: Array, indices: Array, /, *, batch_dims: int = 0) -> Array:
    """Slices of x by the tuples along the last axis of the indices, which follow `batch_dims` axes of x's own."""
    depth = indices.shape[-1] if indices.ndim else 0
    addressed = batch_dims + depth
    if not 0 <= batch_dims < max(1, indices.ndim) or depth < 1 or addressed > x.ndim:
        raise GraphError(f"indices of shape {indices.shape} do not address x of shape {x.shape}")
    batch = x.shape[:batch_dims]
    if indices.shape[:batch_dims] != batch:
        raise GraphError(f"the first {batch_dims} axes of {x.shape} and {indices.shape} must agree")
    own = np.ogrid[tuple(slice(length) for length in batch)] if batch else ()
    inner = (1,) * (indices.ndim - 1 - batch_dims)
    given = [grid.reshape(*grid.shape, *inner) for grid in own]
    places = flat_places([*given, *np.moveaxis(indices, -1, 0)], x.shape[:addressed])
    rows = x.reshape(prod(x.shape[:addressed]), *x.shape[addressed:])
    return np.take(rows, places, axis=0)
