"""The operator ReduceSum."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.runtime.precision import widened
from qmodel.runtime.reduction import reduce_axes
from qmodel.runtime.registry import Ints, operator


@operator("ReduceSum", since=13)
def reduce_sum(x: Array, axes: Array | None = None, /, *, keepdims: int = 1, noop_with_empty_axes: int = 0) -> Array:
    """Sum along axes, of x's dtype."""
    return reduce_axes(x, axes, _reduce, keepdims=keepdims, noop_with_empty_axes=noop_with_empty_axes)


@operator("ReduceSum", until=12)
def reduce_sum_by_attribute(x: Array, /, *, axes: Ints | None = None, keepdims: int = 1) -> Array:
    """As `reduce_sum`, the axes given as an attribute."""
    return reduce_axes(x, axes, _reduce, keepdims=keepdims, noop_with_empty_axes=0)


def _reduce(x: Array, axes: tuple[int, ...], keepdims: bool) -> Array:
    values = widened(x)
    return np.asarray(np.sum(values, axis=axes, keepdims=keepdims, dtype=values.dtype).astype(x.dtype, copy=False))
