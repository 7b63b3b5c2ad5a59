"""Products of integer matrices by BLAS, which has floats alone, wherever no sum can be inexact.

A float adds integers exactly, in any order, while no partial sum exceeds its significand: 2^24 for float32, 2^53 for
float64. No partial sum of a row times a column is larger than the largest magnitude of the row times the sum of the
magnitudes of the column.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from qmodel.dtypes import Array

_EXACT_IN_FLOAT32 = 2.0**24
_EXACT_IN_FLOAT64 = 2.0**52  # half of what is: the sum of magnitudes is itself rounded


def exact_dtype(bound: float, /) -> np.dtype[Any] | None:
    """The float dtype in which integers are summed exactly: float32, float64, or None where neither is wide enough.

    Args:
        bound: no partial sum is larger in magnitude.
    """
    if bound < _EXACT_IN_FLOAT32:
        return np.dtype(np.float32)
    return np.dtype(np.float64) if bound <= _EXACT_IN_FLOAT64 else None


def largest_magnitude(values: Array, /) -> float:
    """The largest magnitude of integers, as a float; 0 for none."""
    return max(abs(float(values.min())), abs(float(values.max()))) if values.size else 0.0


def largest_sum(values: Array, axes: int | tuple[int, ...], /) -> float:
    """The largest sum of magnitudes of integers along the axes; 0 for none.

    Summed in the dtype of floats, where a sum too large to be exact is never found to be below the limit of exactness.
    """
    sums = np.abs(values.astype(values.dtype if values.dtype.kind == "f" else np.float64, copy=False)).sum(axis=axes)
    return float(sums.max()) if sums.size else 0.0


def integer_matmul(a: Array, b: Array, dtype: np.dtype[Any], /) -> Array:
    """The product of the last two axes, as `np.matmul` has it, of integers.

    Args:
        a: integers, in an integer or float dtype.
        b: as a.
        dtype: of the result, an integer; sums that it does not hold wrap.
    """
    depth_axis = -2 if b.ndim > 1 else -1
    exact = exact_dtype(largest_magnitude(a) * largest_sum(b, depth_axis))
    if exact is None:
        return np.asarray(np.matmul(a.astype(dtype, copy=False), b.astype(dtype, copy=False)))
    product = np.asarray(np.matmul(a.astype(exact, copy=False), b.astype(exact, copy=False)))
    if _holds(product, dtype):
        return product.astype(dtype)
    return product.astype(np.int64).astype(dtype)


def _holds(product: Array, dtype: np.dtype[Any]) -> bool:
    if product.dtype == np.float32 and dtype == np.int32:
        return True
    limits = np.iinfo(dtype)
    return bool(not product.size or (product.min() >= limits.min and product.max() <= limits.max))
