"""The operator MaxRoiPool."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.errors import GraphError
from qmodel.runtime.coordinates import checked_indices
from qmodel.runtime.memory import require_memory
from qmodel.runtime.precision import require_one_dtype
from qmodel.runtime.registry import Ints, operator


@operator("MaxRoiPool", fresh=True, grows=True)
def max_roi_pool(
    x: Array, rois: Array, /, *, memory_limit: int, pooled_shape: Ints, spatial_scale: float = 1.0
) -> Array:
    """Maximum of each bin of regions (image, x1, y1, x2, y2) of (N, C, H, W); an empty bin gives 0.

    Bounds are rounded to elements, both included. Girshick, "Fast R-CNN" (2015).
    """
    require_one_dtype(x, rois)
    if x.ndim != 4 or rois.ndim != 2 or rois.shape[1] != 5 or len(pooled_shape) != 2 or min(pooled_shape) < 1:
        raise GraphError(f"X {x.shape}, rois {rois.shape} and pooled_shape {pooled_shape} do not fit each other")
    if not np.isfinite(rois).all():
        raise GraphError("a region has a bound that is not finite")
    require_memory((len(rois), x.shape[1], *pooled_shape), x.dtype, memory_limit)
    made = np.zeros((len(rois), x.shape[1], *pooled_shape), dtype=x.dtype)
    owners = checked_indices(rois[:, 0], x.shape[0])
    bounds = _rounded(rois[:, 1:].astype(np.float64) * spatial_scale)
    for region, owner in enumerate(owners):
        left, top, right, bottom = bounds[region]
        rows = _edges(top, bottom, pooled_shape[0], x.shape[2])
        columns = _edges(left, right, pooled_shape[1], x.shape[3])
        for row, column in np.ndindex(*pooled_shape):
            (first_row, last_row), (first_column, last_column) = rows[row], columns[column]
            if first_row < last_row and first_column < last_column:
                part = x[owner, :, first_row:last_row, first_column:last_column]
                made[region, :, row, column] = part.max(axis=(1, 2))
    return made


def _rounded(values: Array) -> Array:
    """Halves away from zero."""
    made: Array = np.trunc(values + np.copysign(0.5, values))
    return made


def _edges(first: float, last: float, bins: int, length: int) -> list[tuple[int, int]]:
    """Where each bin begins and ends, within the axis."""
    size = max(last - first + 1, 1) / bins
    starts = np.clip(np.floor(np.arange(bins) * size) + first, 0, length)
    ends = np.clip(np.ceil(np.arange(1, bins + 1) * size) + first, 0, length)
    return list(zip(starts.astype(int).tolist(), ends.astype(int).tolist(), strict=True))
