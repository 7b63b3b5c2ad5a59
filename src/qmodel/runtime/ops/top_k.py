"""The operator TopK."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.errors import GraphError
from qmodel.kernels.largest import smallest_places
from qmodel.runtime.axes import positive_axis
from qmodel.runtime.registry import operator
from qmodel.runtime.scalars import whole_number


@operator("TopK", since=10, fresh=True)
def top_k(x: Array, k: Array, /, *, axis: int = -1, largest: int = 1, sorted: int = 1) -> tuple[Array, Array]:
    """The k largest or smallest elements along an axis and their places, int64; equal ones by place, always sorted."""
    return _top(x, whole_number(k), axis, largest=bool(largest))


@operator("TopK", until=9, fresh=True)
def top_k_by_attribute(x: Array, /, *, k: int, axis: int = -1) -> tuple[Array, Array]:
    """As `top_k`, the largest, their number given as an attribute."""
    return _top(x, k, axis, largest=True)


def _top(x: Array, count: int, axis: int, *, largest: bool) -> tuple[Array, Array]:
    along = positive_axis(axis, x.ndim)
    if not 0 <= count <= x.shape[along]:
        raise GraphError(f"k must be between 0 and {x.shape[along]}, got {count}")
    keys = np.moveaxis(x, along, -1)
    if largest:
        keys = ~keys if x.dtype.kind in "iub" else -keys
    places = np.moveaxis(smallest_places(keys, count), -1, along).astype(np.int64, copy=False)
    return np.take_along_axis(x, places, along), places
