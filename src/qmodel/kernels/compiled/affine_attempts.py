"""Compiled twin of `qmodel.kernels.affine_attempts`."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.kernels.compiled.affine_residuals import add_residuals
from qmodel.kernels.compiled.jit import jit


@jit
def attempt_scales(
    values: Array,
    weights: Array | None,
    unit: Array,
    candidate: Array,
    zero: Array | None,
    minimum: np.floating,
    maximum: np.floating,
    best_scale: Array,
    best_error: Array,
    squares: Array,
) -> None:
    """As `qmodel.kernels.affine_attempts.attempt_scales`, with parts of the best and of the lanes one by one."""
    sums = _sums(values, weights, unit, candidate, zero, minimum, maximum)
    for block in range(unit.size):
        squared, product, code_squared = sums[0, block], sums[1, block], sums[2, block]
        squares[block] = code_squared
        gain = _quotient(product, code_squared)
        error = (squared - product * gain) * (candidate[block] * candidate[block])
        if error < best_error[block]:
            best_error[block] = error
            best_scale[block] = candidate[block] * (1 + gain)


@jit
def attempt_ranges(
    values: Array,
    weights: Array | None,
    unit: Array,
    scale: Array,
    zero: Array,
    minimum: np.floating,
    maximum: np.floating,
    share: Array,
    best_scale: Array,
    best_zero: Array,
    best_error: Array,
) -> None:
    """As `qmodel.kernels.affine_attempts.attempt_ranges`, with parts of the best and of the lanes one by one."""
    sums = _sums(values, weights, unit, scale, zero, minimum, maximum)
    for block in range(unit.size):
        product, residual_sum, code_sum = sums[1, block], sums[3, block], sums[4, block]
        mean_residual, mean_code = residual_sum * share[block], code_sum * share[block]
        covariance = product - mean_residual * code_sum
        gain = _quotient(covariance, sums[2, block] - mean_code * code_sum)
        error = sums[0, block] - mean_residual * residual_sum - covariance * gain
        error *= scale[block] * scale[block]
        if error < best_error[block]:
            best_error[block] = error
            best_scale[block] = scale[block] * (1 + gain)
            best_zero[block] = zero[block] - (mean_residual - gain * mean_code) / (1 + gain)


@jit
def _sums(
    values: Array,
    weights: Array | None,
    unit: Array,
    scale: Array,
    zero: Array | None,
    minimum: np.floating,
    maximum: np.floating,
) -> Array:
    """The residual sums of blocks, float64 of shape (5, blocks)."""
    blocks, lanes = unit.size, values.shape[1]
    inverse = np.empty(lanes, values.dtype)
    for block in range(blocks):
        inverse[block] = 1 / (scale[block] * unit[block])
    _fill_lanes(inverse, blocks)
    of_lanes = np.zeros((5, lanes), values.dtype)
    if zero is None:
        add_residuals(values, weights, inverse, None, minimum, maximum, of_lanes)
    else:
        zeros = np.empty(lanes, values.dtype)
        zeros[:blocks] = zero
        _fill_lanes(zeros, blocks)
        add_residuals(values, weights, inverse, zeros, minimum, maximum, of_lanes)
    sums = np.zeros((5, blocks))
    for kind in range(5):
        for start in range(0, lanes, blocks):
            for block in range(blocks):
                sums[kind, block] += of_lanes[kind, start + block]
    return sums


@jit
def _fill_lanes(numbers: Array, blocks: int) -> None:
    """Repeat the numbers of the blocks, which come first, for all lanes."""
    for lane in range(blocks, numbers.size):
        numbers[lane] = numbers[lane - blocks]


@jit
def _quotient(dividend: float, divisor: float) -> float:
    if divisor == 0:
        return 0.0
    quotient = dividend / divisor
    return quotient if abs(quotient) < 0.5 else 0.0
