"""The operator ReduceLogSum."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.runtime.precision import widened
from qmodel.runtime.reduction import reduce_axes
from qmodel.runtime.registry import Ints, operator


@operator("ReduceLogSum", since=18)
def reduce_log_sum(
    x: Array, axes: Array | None = None, /, *, keepdims: int = 1, noop_with_empty_axes: int = 0
) -> Array:
    """Logarithm of the sum along axes, of x's dtype; integers by way of float64."""
    return reduce_axes(x, axes, _reduce, keepdims=keepdims, noop_with_empty_axes=noop_with_empty_axes)


@operator("ReduceLogSum", until=17)
def reduce_log_sum_by_attribute(x: Array, /, *, axes: Ints | None = None, keepdims: int = 1) -> Array:
    """As `reduce_log_sum`, the axes given as an attribute."""
    return reduce_axes(x, axes, _reduce, keepdims=keepdims, noop_with_empty_axes=0)


def _reduce(x: Array, axes: tuple[int, ...], keepdims: bool) -> Array:
    values = x.astype(np.float64) if x.dtype.kind in "iu" else widened(x)
    return np.asarray(np.log(np.sum(values, axis=axes, keepdims=keepdims)).astype(x.dtype))
