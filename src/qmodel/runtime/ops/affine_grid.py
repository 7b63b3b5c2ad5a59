"""The operator AffineGrid."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.errors import GraphError
from qmodel.runtime.memory import require_memory
from qmodel.runtime.registry import operator


@operator("AffineGrid", since=20, fresh=True, grows=True)
def affine_grid(theta: Array, size: Array, /, *, memory_limit: int, align_corners: int = 0) -> Array:
    """The points (N, ..., rank) for GridSample to which matrices (N, rank, rank + 1) move an even grid of a size."""
    lengths = tuple(int(length) for length in size)[2:]
    rank = len(lengths)
    if rank not in (2, 3) or theta.ndim != 3 or theta.shape[1:] != (rank, rank + 1) or min(lengths) < 1:
        raise GraphError(f"theta of shape {theta.shape} and size {tuple(size)} do not fit each other")
    require_memory((theta.shape[0] + 1, *lengths, rank + 1), np.dtype(np.float64), memory_limit)
    grids = np.meshgrid(*(_even(length, bool(align_corners)) for length in lengths), indexing="ij")
    points = np.stack([*grids[::-1], np.ones(lengths)], axis=-1).reshape(-1, rank + 1).astype(theta.dtype)
    moved: Array = np.matmul(points, theta.transpose(0, 2, 1))
    return moved.reshape(theta.shape[0], *lengths, rank)


def _even(length: int, align_corners: bool) -> Array:
    """Centres of the elements of an axis whose corner elements' centres, or outer edges, are at -1 and 1."""
    if align_corners:
        return np.linspace(-1, 1, length) if length > 1 else np.zeros(1)
    return (2 * np.arange(length) + 1) / length - 1
