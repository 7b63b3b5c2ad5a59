"""Compiled twin of `qmodel.kernels.affine_attempts`."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.kernels.compiled.affine_residuals import add_residuals
from qmodel.kernels.compiled.jit import jit, jit_dividing

# So many elements are worked on together; of long blocks more, as loops over fewer lanes use no vectors.
_ELEMENTS, _FEWEST_LANES = 1 << 14, 64


@jit
def attempt_scales(
    values: Array,
    weights: Array | None,
    unit: Array,
    candidates: Array,
    refinements: int,
    zero: Array | None,
    minimum: np.floating,
    maximum: np.floating,
    best_scale: Array,
    best_error: Array,
    squares: Array,
) -> None:
    """As `qmodel.kernels.affine_attempts.attempt_scales`, with parts of the best and of the lanes one by one.

    All attempts for some blocks before those for others, so that their elements stay in the nearest cache.
    """
    steps, blocks = values.shape[0], unit.size
    pieces = values.shape[1] // blocks
    width = max(1, max(_ELEMENTS // steps, _FEWEST_LANES) // pieces)
    for first in range(0, blocks, width):
        part = slice(first, min(first + width, blocks))
        attempt_scales_of_some(
            columns(values, blocks, first, part.stop),
            None if weights is None else columns(weights, blocks, first, part.stop),
            unit[part],
            candidates,
            refinements,
            None if zero is None else lanes_of(zero[part], pieces, values),
            minimum,
            maximum,
            best_scale[part],
            best_error[part],
            squares[part],
        )


@jit
def columns(values: Array, blocks: int, first: int, last: int) -> Array:
    """The lanes of some blocks, side by side."""
    pieces, width = values.shape[1] // blocks, last - first
    part = np.empty((values.shape[0], pieces * width), values.dtype)
    for step in range(values.shape[0]):
        for piece in range(pieces):
            start, there = np.uint64(piece * blocks + first), np.uint64(piece * width)
            for k in range(width):
                part[step, there + np.uint64(k)] = values[step, start + np.uint64(k)]
    return part


@jit
def lanes_of(numbers: Array, pieces: int, like: Array) -> Array:
    """Numbers of blocks as numbers of lanes."""
    blocks = numbers.size
    lanes = np.empty(pieces * blocks, like.dtype)
    lanes[:blocks] = numbers
    _fill_lanes(lanes, blocks)
    return lanes


@jit_dividing
def attempt_scales_of_some(
    values: Array,
    weights: Array | None,
    unit: Array,
    candidates: Array,
    refinements: int,
    zeros: Array | None,
    minimum: np.floating,
    maximum: np.floating,
    best_scale: Array,
    best_error: Array,
    squares: Array,
) -> None:
    """As `attempt_scales`, where zeros are those of lanes."""
    blocks, lanes = unit.size, values.shape[1]
    scale, inverse_unit, inverse = np.empty(blocks), 1 / unit, np.empty(lanes, values.dtype)
    of_lanes, sums = np.empty((5, lanes), values.dtype), np.empty((3, blocks))
    for attempt in range(candidates.size + refinements):
        if attempt < candidates.size:
            candidate, factor = candidates[attempt], 1 / candidates[attempt]
            for block in range(blocks):
                scale[block], inverse[block] = candidate, factor * inverse_unit[block]
        else:
            for block in range(blocks):
                scale[block], inverse[block] = best_scale[block], 1 / best_scale[block] * inverse_unit[block]
        _fill_lanes(inverse, blocks)
        of_lanes[:] = 0
        add_residuals(values, weights, inverse, zeros, minimum, maximum, of_lanes)
        _add_lanes(of_lanes, sums)
        for block in range(blocks):
            squared, product, code_squared = sums[0, block], sums[1, block], sums[2, block]
            gain = product / code_squared
            gain = gain if abs(gain) < 0.5 else 0.0
            error = (squared - product * gain) * (scale[block] * scale[block])
            better = error < best_error[block]
            best_error[block] = error if better else best_error[block]
            best_scale[block] = scale[block] * (1 + gain) if better else best_scale[block]
            squares[block] = code_squared


@jit
def attempt_ranges(
    values: Array,
    weights: Array | None,
    unit: Array,
    low: Array,
    high: Array,
    parts: Array,
    refinements: int,
    minimum: np.floating,
    maximum: np.floating,
    share: Array,
    best_scale: Array,
    best_zero: Array,
    best_error: Array,
) -> None:
    """As `qmodel.kernels.affine_attempts.attempt_ranges`, in the order of `attempt_scales`; parts: shape (n, 2)."""
    steps, blocks = values.shape[0], unit.size
    pieces = values.shape[1] // blocks
    width = max(1, max(_ELEMENTS // steps, _FEWEST_LANES) // pieces)
    for first in range(0, blocks, width):
        some = slice(first, min(first + width, blocks))
        attempt_ranges_of_some(
            columns(values, blocks, first, some.stop),
            None if weights is None else columns(weights, blocks, first, some.stop),
            unit[some],
            low[some],
            high[some],
            parts,
            refinements,
            minimum,
            maximum,
            share[some],
            best_scale[some],
            best_zero[some],
            best_error[some],
        )


@jit_dividing
def attempt_ranges_of_some(
    values: Array,
    weights: Array | None,
    unit: Array,
    low: Array,
    high: Array,
    parts: Array,
    refinements: int,
    minimum: np.floating,
    maximum: np.floating,
    share: Array,
    best_scale: Array,
    best_zero: Array,
    best_error: Array,
) -> None:
    """As `attempt_ranges`."""
    blocks, lanes = unit.size, values.shape[1]
    scale, zero = np.empty(blocks), np.empty(blocks)
    inverse, zeros = np.empty(lanes, values.dtype), np.empty(lanes, values.dtype)
    of_lanes, sums = np.empty((5, lanes), values.dtype), np.empty((5, blocks))
    for attempt in range(parts.shape[0] + refinements):
        if attempt < parts.shape[0]:
            low_part, high_part = parts[attempt]
            for block in range(blocks):
                lowest = low[block] * low_part
                start = (high[block] * high_part - lowest) / maximum
                scale[block] = 1.0 if np.isinf(unit[block]) else start
                zero[block] = -lowest / scale[block]
        else:
            scale[:], zero[:] = best_scale, best_zero
        for block in range(blocks):
            inverse[block], zeros[block] = 1 / (scale[block] * unit[block]), zero[block]
        _fill_lanes(inverse, blocks)
        _fill_lanes(zeros, blocks)
        of_lanes[:] = 0
        add_residuals(values, weights, inverse, zeros, minimum, maximum, of_lanes)
        _add_lanes(of_lanes, sums)
        _take_better_ranges(scale, zero, sums, share, best_scale, best_zero, best_error)


@jit_dividing
def _take_better_ranges(
    scale: Array, zero: Array, sums: Array, share: Array, best_scale: Array, best_zero: Array, best_error: Array
) -> None:
    """What least squares make of scales and zero points, where that is better."""
    for block in range(scale.size):
        product, residual_sum, code_sum = sums[1, block], sums[3, block], sums[4, block]
        mean_residual, mean_code = residual_sum * share[block], code_sum * share[block]
        covariance = product - mean_residual * code_sum
        gain = covariance / (sums[2, block] - mean_code * code_sum)
        gain = gain if abs(gain) < 0.5 else 0.0
        error = sums[0, block] - mean_residual * residual_sum - covariance * gain
        error *= scale[block] * scale[block]
        better = error < best_error[block]
        shifted = zero[block] - (mean_residual - gain * mean_code) / (1 + gain)
        best_error[block] = error if better else best_error[block]
        best_scale[block] = scale[block] * (1 + gain) if better else best_scale[block]
        best_zero[block] = shifted if better else best_zero[block]


@jit
def _add_lanes(of_lanes: Array, sums: Array) -> None:
    """Sums of blocks from those of their lanes, as many kinds as there is room for."""
    blocks = sums.shape[1]
    for kind in range(sums.shape[0]):
        for block in range(blocks):
            sums[kind, block] = of_lanes[kind, block]
        for start in range(blocks, of_lanes.shape[1], blocks):
            for block in range(blocks):
                sums[kind, block] += of_lanes[kind, start + block]


@jit
def _fill_lanes(numbers: Array, blocks: int) -> None:
    """Repeat the numbers of the blocks, which come first, for all lanes."""
    for lane in range(blocks, numbers.size):
        numbers[lane] = numbers[lane - blocks]
