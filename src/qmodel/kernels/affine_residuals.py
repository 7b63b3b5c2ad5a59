"""What is left of values when they are rounded to codes, summed for each lane: what searches for scales need.

The sums are in units of a code and about the codes used, so that they neither overflow nor cancel:

    t = value · inverse + zero,  c = clip(round(t)),  d = t − c,  k = c − zero

Least squares over the codes found then gives the best correction of the scale, Σdk / Σk², and of the offset.
"""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.kernels.dispatch import compiled

SQUARED, PRODUCT, CODE_SQUARED, RESIDUAL, CODE = range(5)


def residual_sums(
    values: Array, weights: Array | None, inverse: Array, zero: Array | None, /, *, minimum: float, maximum: float
) -> Array:
    """Sum w·d², w·d·k, w·k² and, with zeros, w·d and w·k over each lane, in order, in the dtype of values.

    Args:
        values: finite float32 or float64 of shape (steps, lanes).
        weights: w, of the shape and dtype of values; None: 1.
        inverse: one over the scale of each lane, finite, of the dtype of values.
        zero: of each lane, of the dtype of values; None: 0, and the last two sums are not computed.
        minimum: smallest code.
        maximum: largest code.

    Returns:
        Shape (5, lanes), of the dtype of values; rows in the order of the constants of this module.
    """
    sums = np.zeros((5, values.shape[1]), values.dtype)
    low, high = values.dtype.type(minimum), values.dtype.type(maximum)
    fast = compiled("affine_residuals", values.size)
    (fast.add_residuals if fast else add_residuals)(values, weights, inverse, zero, low, high, sums)
    return sums


def add_residuals(
    values: Array,
    weights: Array | None,
    inverse: Array,
    zero: Array | None,
    minimum: np.floating,
    maximum: np.floating,
    sums: Array,
) -> None:
    """The sums of `residual_sums`, added to `sums`; has a compiled twin."""
    for step in range(values.shape[0]):
        steps = values[step] * inverse
        if zero is not None:
            steps += zero
        codes = np.minimum(np.maximum(np.rint(steps), minimum), maximum)
        residuals = steps - codes
        if zero is not None:
            codes = codes - zero
        weighted, weighted_codes = add_products(residuals, codes, None if weights is None else weights[step], sums)
        if zero is not None:
            sums[RESIDUAL] += weighted
            sums[CODE] += weighted_codes


def add_products(residuals: Array, codes: Array, weights: Array | None, sums: Array, /) -> tuple[Array, Array]:
    """Add the products of one element of each lane to `sums`; returns residuals and codes, both weighted."""
    weighted, weighted_codes = residuals, codes
    if weights is not None:
        weighted, weighted_codes = residuals * weights, codes * weights
    sums[SQUARED] += weighted * residuals
    sums[PRODUCT] += weighted * codes
    sums[CODE_SQUARED] += weighted_codes * codes
    return weighted, weighted_codes


def table_residual_sums(values: Array, weights: Array | None, inverse: Array, table: Array, /) -> Array:
    """As `residual_sums` without zeros, for codes that are the nearest numbers of a table.

    Args:
        values, weights, inverse: as for `residual_sums`.
        table: ascending, of the dtype of values.
    """
    sums = np.zeros((5, values.shape[1]), values.dtype)
    borders = ((table[1:].astype(np.float64) + table[:-1]) / 2).astype(values.dtype)
    fast = compiled("affine_residuals", values.size)
    (fast.add_table_residuals if fast else add_table_residuals)(values, weights, inverse, table, borders, sums)
    return sums


def add_table_residuals(
    values: Array, weights: Array | None, inverse: Array, table: Array, borders: Array, sums: Array
) -> None:
    """The sums of `table_residual_sums`, added to `sums`; has a compiled twin.

    Args:
        borders: between the parts of the axis that are nearest to one number of the table; a border belongs below.
    """
    for step in range(values.shape[0]):
        steps = values[step] * inverse
        codes = table[np.searchsorted(borders, steps)]
        add_products(steps - codes, codes, None if weights is None else weights[step], sums)
