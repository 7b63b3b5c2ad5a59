"""Axes counted from either end."""

from __future__ import annotations

from collections.abc import Iterable
from math import prod

from qmodel.dtypes import Array
from qmodel.errors import GraphError


def positive_axis(axis: int, rank: int, /) -> int:
    """The axis counted from the front.

    Raises:
        GraphError: the axis is not in -rank to rank - 1.
    """
    if not -rank <= axis < rank:
        raise GraphError(f"axis {axis} is not one of {rank} axes")
    return axis + rank if axis < 0 else axis


def positive_axes(axes: Iterable[int] | Array, rank: int, /) -> tuple[int, ...]:
    """As `positive_axis`, for several that must differ."""
    found = tuple(positive_axis(int(axis), rank) for axis in axes)
    if len(set(found)) != len(found):
        raise GraphError(f"axes {found} repeat an axis")
    return found


def as_matrix(x: Array, axis: int, /) -> Array:
    """All axes before `axis` as one, it and all after it as another."""
    first = positive_axis(axis, x.ndim)
    return x.reshape(prod(x.shape[:first]), prod(x.shape[first:]))
