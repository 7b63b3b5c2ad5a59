"""The operator ReduceSumSquare."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.runtime.precision import widened
from qmodel.runtime.reduction import reduce_axes
from qmodel.runtime.registry import Ints, operator


@operator("ReduceSumSquare", since=18)
def reduce_sum_square(
    x: Array, axes: Array | None = None, /, *, keepdims: int = 1, noop_with_empty_axes: int = 0
) -> Array:
    """Sum of squares along axes, of x's dtype."""
    return reduce_axes(x, axes, _reduce, keepdims=keepdims, noop_with_empty_axes=noop_with_empty_axes)


@operator("ReduceSumSquare", until=17)
def reduce_sum_square_by_attribute(x: Array, /, *, axes: Ints | None = None, keepdims: int = 1) -> Array:
    """As `reduce_sum_square`, the axes given as an attribute."""
    return reduce_axes(x, axes, _reduce, keepdims=keepdims, noop_with_empty_axes=0)


def _reduce(x: Array, axes: tuple[int, ...], keepdims: bool) -> Array:
    squares = np.square(widened(x))
    return np.asarray(np.sum(squares, axis=axes, keepdims=keepdims, dtype=squares.dtype).astype(x.dtype))
