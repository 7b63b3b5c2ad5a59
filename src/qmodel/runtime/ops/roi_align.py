"""The operator RoiAlign."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.errors import GraphError
from qmodel.runtime.coordinates import checked_indices
from qmodel.runtime.memory import require_memory
from qmodel.runtime.precision import require_one_dtype, widened
from qmodel.runtime.registry import operator
from qmodel.runtime.roi_points import pool_regions


@operator("RoiAlign", since=16, fresh=True, grows=True)
def roi_align(
    x: Array,
    rois: Array,
    batch_indices: Array,
    /,
    *,
    memory_limit: int,
    coordinate_transformation_mode: str = "half_pixel",
    mode: str = "avg",
    output_height: int = 1,
    output_width: int = 1,
    sampling_ratio: int = 0,
    spatial_scale: float = 1.0,
) -> Array:
    """Mean or maximum of points in each bin of regions (x1, y1, x2, y2) of (N, C, H, W).

    He and others, "Mask R-CNN" (2017). The maximum is that of the weighted neighbours of the points, as in ONNX.
    """
    require_one_dtype(x, rois)
    if x.ndim != 4 or 0 in x.shape[2:] or rois.ndim != 2 or rois.shape[1] != 4:
        raise GraphError(f"wanted X (N, C, H, W) and rois (count, 4), got {x.shape} and {rois.shape}")
    if batch_indices.shape != rois.shape[:1] or output_height < 1 or output_width < 1 or sampling_ratio < 0:
        raise GraphError(
            f"{batch_indices.shape} indices and bins {output_height} x {output_width} do not fit {rois.shape}"
        )
    if mode not in ("avg", "max") or coordinate_transformation_mode not in ("half_pixel", "output_half_pixel"):
        raise GraphError(f"unknown mode {mode!r} or {coordinate_transformation_mode!r}")
    require_memory((*rois.shape[:1], x.shape[1], output_height, output_width), np.dtype(np.float64), memory_limit)
    is_half = coordinate_transformation_mode == "half_pixel"
    # In the precision of the regions: a little more than two elements in a bin make three points of it.
    given = widened(rois)
    bounds = given * given.dtype.type(spatial_scale) - given.dtype.type(0.5 if is_half else 0.0)
    made = pool_regions(
        x,
        bounds,
        checked_indices(batch_indices, x.shape[0]),
        (output_height, output_width),
        smallest=0.0 if is_half else 1.0,
        ratio=sampling_ratio,
        largest=mode == "max",
        memory_limit=memory_limit,
    )
    return made.astype(x.dtype, copy=False)


@operator("RoiAlign", since=10, until=15, fresh=True, grows=True)
def roi_align_without_shift(
    x: Array,
    rois: Array,
    batch_indices: Array,
    /,
    *,
    memory_limit: int,
    mode: str = "avg",
    output_height: int = 1,
    output_width: int = 1,
    sampling_ratio: int = 0,
    spatial_scale: float = 1.0,
) -> Array:
    """As `roi_align`, the coordinates not shifted by half a pixel."""
    made: Array = roi_align(
        x,
        rois,
        batch_indices,
        memory_limit=memory_limit,
        coordinate_transformation_mode="output_half_pixel",
        mode=mode,
        output_height=output_height,
        output_width=output_width,
        sampling_ratio=sampling_ratio,
        spatial_scale=spatial_scale,
    )
    return made
