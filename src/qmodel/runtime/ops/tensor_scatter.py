"""The operator TensorScatter."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.errors import GraphError
from qmodel.runtime.axes import positive_axis
from qmodel.runtime.precision import require_one_dtype
from qmodel.runtime.registry import operator


@operator("TensorScatter", since=24, fresh=True)
def tensor_scatter(
    past_cache: Array, update: Array, write_indices: Array | None = None, /, *, axis: int = -2, mode: str = "linear"
) -> Array:
    """A copy of the cache with the update written along an axis, from an index for each entry of the first axis on.

    Past the end writing goes on at the start when `mode` is circular, and is refused when it is linear.
    """
    require_one_dtype(past_cache, update)
    along = positive_axis(axis, past_cache.ndim)
    batch, length = past_cache.shape[0], past_cache.shape[along]
    fitting = (*past_cache.shape[:along], update.shape[along], *past_cache.shape[along + 1 :])
    if along == 0 or update.shape != fitting or update.shape[along] > length:
        raise GraphError(f"an update of shape {update.shape} does not fit axis {axis} of a cache of {past_cache.shape}")
    starts = np.zeros(batch, dtype=np.int64) if write_indices is None else write_indices
    if starts.shape != (batch,) or (batch and starts.min() < 0):
        raise GraphError(f"write_indices must be {batch} numbers of at least 0")
    places = starts[:, None] + np.arange(update.shape[along])
    if mode == "circular":
        places %= max(1, length)
    elif mode != "linear" or (places.size and places.max() >= length):
        raise GraphError(f"mode {mode!r} cannot write up to index {places.max(initial=0)} of {length}")
    made = past_cache.copy()
    np.moveaxis(made, along, 1)[np.arange(batch)[:, None], places] = np.moveaxis(update, along, 1)
    return made
