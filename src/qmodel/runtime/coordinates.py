"""Indices of several axes as places in the flattened array: one look-up or one write for all of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from qmodel.dtypes import Array
from qmodel.errors import GraphError

_REDUCTIONS: dict[str, np.ufunc] = {"add": np.add, "mul": np.multiply, "max": np.maximum, "min": np.minimum}


def checked_indices(indices: Array, length: int, /) -> Array:
    """Indices of an axis counted from the front, int64.

    Raises:
        GraphError: one is not in -length to length - 1.
    """
    found = indices.astype(np.int64, copy=False)
    if found.size and not (-length <= found.min() and found.max() < length):
        raise GraphError(f"an index is not in {-length} to {length - 1}: they go from {found.min()} to {found.max()}")
    return np.where(found < 0, found + length, found)


def flat_places(indices: Sequence[Array], lengths: Sequence[int], /) -> Array:
    """Row-major places in an array of some lengths, from the indices of each axis, broadcast against each other.

    Raises:
        GraphError: an index is out of range.
    """
    places: Array = np.zeros((), dtype=np.int64)
    for each, length in zip(indices, lengths, strict=True):
        places = places * length + checked_indices(each, length)
    return places


def element_places(indices: Array, shape: Sequence[int], axis: int, /) -> Array:
    """Places in an array of elements whose index along one axis is given, and along the others is their own.

    Raises:
        GraphError: an index is out of range, or the indices have another rank or reach further than the shape.
    """
    others = [n <= m for position, (n, m) in enumerate(zip(indices.shape, shape, strict=False)) if position != axis]
    if indices.ndim != len(shape) or not all(others):
        raise GraphError(f"indices of shape {indices.shape} do not fit an array of shape {tuple(shape)}")
    own = list(np.ogrid[tuple(slice(length) for length in indices.shape)])
    own[axis] = indices
    return flat_places(own, shape)


def scatter(data: Array, places: Array, updates: Array, reduction: str, /) -> Array:
    """A copy of the data with updates at places of its flattened elements.

    Args:
        data: what to copy.
        places: from 0 to data.size - 1, any shape.
        updates: of the shape of places and the dtype of data.
        reduction: none to overwrite; add, mul, max or min to combine with what is there, all updates of one place.

    Raises:
        GraphError: the reduction is unknown.
    """
    made: Array = np.array(data, order="C")
    flat = made.reshape(-1)
    if reduction == "none":
        flat[places.reshape(-1)] = updates.reshape(-1)
        return made
    combine: Callable[..., None] | None = getattr(_REDUCTIONS.get(reduction), "at", None)
    if combine is None:
        raise GraphError(f"reduction must be none, {', '.join(_REDUCTIONS)}, got {reduction!r}")
    combine(flat, places.reshape(-1), updates.reshape(-1))
    return made
