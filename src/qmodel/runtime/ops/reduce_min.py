"""The operator ReduceMin."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.runtime.extremes import highest
from qmodel.runtime.reduction import reduce_axes
from qmodel.runtime.registry import Ints, operator


@operator("ReduceMin", since=18)
def reduce_min(x: Array, axes: Array | None = None, /, *, keepdims: int = 1, noop_with_empty_axes: int = 0) -> Array:
    """Minimum along axes, of x's dtype."""
    return reduce_axes(x, axes, _reduce, keepdims=keepdims, noop_with_empty_axes=noop_with_empty_axes)


@operator("ReduceMin", until=17)
def reduce_min_by_attribute(x: Array, /, *, axes: Ints | None = None, keepdims: int = 1) -> Array:
    """As `reduce_min`, the axes given as an attribute."""
    return reduce_axes(x, axes, _reduce, keepdims=keepdims, noop_with_empty_axes=0)


def _reduce(x: Array, axes: tuple[int, ...], keepdims: bool) -> Array:
    return np.asarray(np.min(x, axis=axes, keepdims=keepdims, initial=highest(x.dtype)))
