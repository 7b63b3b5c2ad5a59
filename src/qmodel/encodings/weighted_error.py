"""Error weights as encoders of whole matrices need them, and the error that an encoder compares its choices by."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

import numpy as np

from qmodel.dtypes import Array
from qmodel.encodings.node import Shape

_BLOCK_ELEMENTS = 1 << 18
# Weights of 0 would leave a row or column free, and divisions by them undefined: it keeps this part of the largest.
_SMALLEST_RELATIVE_WEIGHT = 2.0**-20


@dataclass(frozen=True, slots=True)
class SeparableWeights:
    """Error weights of a matrix that are products rows[i] · columns[j].

    Attributes:
        rows: above 0, mean about 1; float64.
        columns: above 0, mean about 1; float64.
    """

    rows: Array
    columns: Array


def separable(importance: Array | None, shape: Shape, leading_axes: int, /) -> SeparableWeights:
    """The product of marginals nearest to an importance; exact when it is such a product.

    What is not a product is replaced by the one with the same sums along rows and columns, as Fisher-weighted SVD does
    with rows alone (Hsu et al. 2022).

    Args:
        importance: at least 0, broadcasting to the shape; None: all alike.
        shape: of the array.
        leading_axes: how many of its axes, flattened, are the rows of the matrix; the others are its columns.
    """
    row_shape, column_shape = shape[:leading_axes], shape[leading_axes:]
    if importance is None or not prod(shape):
        return SeparableWeights(np.ones(prod(row_shape)), np.ones(prod(column_shape)))
    everywhere = np.broadcast_to(importance, shape)
    rows = everywhere.mean(axis=tuple(range(leading_axes, len(shape))), dtype=np.float64)
    columns = everywhere.mean(axis=tuple(range(leading_axes)), dtype=np.float64)
    return SeparableWeights(_above_zero(rows.reshape(-1)), _above_zero(columns.reshape(-1)))


def relative_mse(values: Array, decoded: Array, importance: Array | None, /) -> float:
    """Weighted sum of squared errors over the weighted sum of squares.

    Args:
        values: float32 or float64, any shape, finite.
        decoded: of the same shape, any float dtype.
        importance: at least 0, broadcasting to the shape; None: all alike.

    Returns:
        0 where nothing differs, infinity where all values are 0 or a decoded one is not finite.
    """
    # Squares of the largest and smallest doubles leave their range; a power of two changes no ratio.
    exponent = -int(np.frexp(np.abs(values).max(initial=0.0))[1]) if values.dtype == np.float64 else 0
    shape = values.shape or (1,)
    values, decoded = values.reshape(shape), decoded.reshape(shape)
    weights = None if importance is None else np.broadcast_to(importance, shape)
    errors = squares = 0.0
    height = max(_BLOCK_ELEMENTS // max(prod(shape[1:]), 1), 1)
    for start in range(0, shape[0], height):
        block = slice(start, start + height)
        expected = np.ldexp(values[block].astype(np.float64), exponent)
        with np.errstate(over="ignore", invalid="ignore"):
            difference = np.ldexp(decoded[block].astype(np.float64), exponent) - expected
            errors += _weighted_squares(difference, None if weights is None else weights[block])
        squares += _weighted_squares(expected, None if weights is None else weights[block])
    if not np.isfinite(errors) or (errors and not squares):
        return float("inf")
    return errors / squares if squares else 0.0


def _weighted_squares(values: Array, weights: Array | None) -> float:
    np.square(values, out=values)
    if weights is not None:
        values *= weights
    return float(values.sum())


def _above_zero(weights: Array) -> Array:
    largest = weights.max()
    if not largest:
        return np.ones_like(weights)
    clipped = np.maximum(weights / largest, _SMALLEST_RELATIVE_WEIGHT)
    return np.asarray(clipped / clipped.mean())
