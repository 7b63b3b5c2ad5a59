"""The operator ReduceLogSumExp."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.runtime.precision import widened
from qmodel.runtime.reduction import reduce_axes
from qmodel.runtime.registry import Ints, operator


@operator("ReduceLogSumExp", since=18)
def reduce_log_sum_exp(
    x: Array, axes: Array | None = None, /, *, keepdims: int = 1, noop_with_empty_axes: int = 0
) -> Array:
    """Logarithm of the sum of e to the x along axes, of x's dtype; no sum overflows."""
    return reduce_axes(x, axes, _reduce, keepdims=keepdims, noop_with_empty_axes=noop_with_empty_axes)


@operator("ReduceLogSumExp", until=17)
def reduce_log_sum_exp_by_attribute(x: Array, /, *, axes: Ints | None = None, keepdims: int = 1) -> Array:
    """As `reduce_log_sum_exp`, the axes given as an attribute."""
    return reduce_axes(x, axes, _reduce, keepdims=keepdims, noop_with_empty_axes=0)


def _reduce(x: Array, axes: tuple[int, ...], keepdims: bool) -> Array:
    values = x.astype(np.float64) if x.dtype.kind in "iu" else widened(x)
    largest = np.max(values, axis=axes, keepdims=True, initial=-np.inf)
    largest = np.where(np.isfinite(largest), largest, values.dtype.type(0))
    sums = np.log(np.sum(np.exp(values - largest), axis=axes, keepdims=True)) + largest
    return np.asarray(sums if keepdims else np.squeeze(sums, axis=axes)).astype(x.dtype)
