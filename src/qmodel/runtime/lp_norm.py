"""The p-norm, the p-th root of the sum of p-th powers of magnitudes."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.errors import GraphError
from qmodel.runtime.precision import widened


def powers(x: Array, p: int, /) -> Array:
    """The p-th powers of magnitudes, at least as wide as float32.

    Raises:
        GraphError: p is not positive.
    """
    if p < 1:
        raise GraphError(f"p must be at least 1, got {p}")
    values = widened(x)
    if p == 1:
        return np.abs(values)
    return np.square(values) if p == 2 else np.power(np.abs(values), p)


def roots(sums: Array, p: int, /) -> Array:
    """The p-th roots."""
    if p == 1:
        return sums
    return np.sqrt(sums) if p == 2 else np.power(sums, sums.dtype.type(1 / p))
