"""The operator GridSample."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.errors import GraphError
from qmodel.kernels.point_sampling import sample
from qmodel.runtime.grid_points import axis_taps
from qmodel.runtime.precision import widened
from qmodel.runtime.registry import operator


@operator("GridSample", since=20, fresh=True)
def grid_sample(
    x: Array, grid: Array, /, *, align_corners: int = 0, mode: str = "linear", padding_mode: str = "zeros"
) -> Array:
    """Values of (N, C, ...) at the points of a grid (N, ..., rank), given from the innermost axis out."""
    rank = x.ndim - 2
    if rank < 1 or grid.ndim != x.ndim or grid.shape[0] != x.shape[0] or grid.shape[-1] != rank:
        raise GraphError(f"a grid of shape {grid.shape} does not fit X of shape {x.shape}")
    if 0 in x.shape[2:] and grid.size:
        raise GraphError(f"there is nothing to sample in X of shape {x.shape}")
    made_shape = (*grid.shape[:-1], x.shape[1])
    if 0 in made_shape:
        return np.moveaxis(np.zeros(made_shape, dtype=x.dtype), -1, 1)
    points = widened(grid).reshape(-1, rank)[:, ::-1]
    keywords = {"mode": mode, "padding_mode": padding_mode}
    taps = [
        axis_taps(points[:, axis], length, align_corners=bool(align_corners), **keywords)
        for axis, length in enumerate(x.shape[2:])
    ]
    values = x.astype(np.float64) if x.dtype.kind in "iub" else widened(x)
    owners = np.repeat(np.arange(x.shape[0]), points.shape[0] // x.shape[0])
    made = sample(np.ascontiguousarray(np.moveaxis(values, 1, -1)), owners, taps).reshape(made_shape)
    return np.moveaxis(made, -1, 1).astype(x.dtype, copy=False)


@operator("GridSample", since=16, until=19, fresh=True)
def grid_sample_of_images(
    x: Array, grid: Array, /, *, align_corners: int = 0, mode: str = "bilinear", padding_mode: str = "zeros"
) -> Array:
    """As `grid_sample`, the modes called bilinear, nearest and bicubic."""
    names = {"bilinear": "linear", "bicubic": "cubic"}
    made: Array = grid_sample(
        x, grid, align_corners=align_corners, mode=names.get(mode, mode), padding_mode=padding_mode
    )
    return made
