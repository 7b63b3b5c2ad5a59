"""The operator ReduceMax."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.runtime.extremes import lowest
from qmodel.runtime.reduction import reduce_axes
from qmodel.runtime.registry import Ints, operator


@operator("ReduceMax", since=18)
def reduce_max(x: Array, axes: Array | None = None, /, *, keepdims: int = 1, noop_with_empty_axes: int = 0) -> Array:
    """Maximum along axes, of x's dtype."""
    return reduce_axes(x, axes, _reduce, keepdims=keepdims, noop_with_empty_axes=noop_with_empty_axes)


@operator("ReduceMax", until=17)
def reduce_max_by_attribute(x: Array, /, *, axes: Ints | None = None, keepdims: int = 1) -> Array:
    """As `reduce_max`, the axes given as an attribute."""
    return reduce_axes(x, axes, _reduce, keepdims=keepdims, noop_with_empty_axes=0)


def _reduce(x: Array, axes: tuple[int, ...], keepdims: bool) -> Array:
    return np.asarray(np.max(x, axis=axes, keepdims=keepdims, initial=lowest(x.dtype)))
