"""Searches for the scales and zero points of affine codes with the least squared error (spec/encodings/affine.md).

For each block a few clipping points are tried. Each gives codes, for these codes least squares gives the best scale
(and zero point), and the best of all is refined by doing so again: an alternation like Lloyd's (1982), with the grid of
starts that keeps it out of poor local minima.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cache
from itertools import product
from math import prod
from typing import Any

import numpy as np

from qmodel.dtypes import Array
from qmodel.kernels.affine_attempts import Best, attempt_ranges, attempt_scales
from qmodel.kernels.affine_residuals import CODE_SQUARED
from qmodel.kernels.block_lanes import BlockLanes, over_blocks
from qmodel.kernels.blocks import Shape, block_counts

_REFINEMENTS = 2
_REFINEMENTS_OF_RANGES = 1
_RATIO_OF_STARTS = 1.07
# Up to where an extreme may be worth placing, in ranges, for few starts to do.
_LITTLE_CLIPPING, _MUCH_CLIPPING = 1.5, 1.9


def search_scales(
    values: Array, weights: Array | None, block_shape: Shape, /, *, minimum: int, maximum: int
) -> tuple[Array, Array]:
    """The scale of each block for codes without a zero point, and the sum of its squared codes.

    Where codes reach further below zero than above (or the reverse), scales may be negative, so that a block's largest
    value takes the furthest code.

    Args:
        values: finite, float32 or float64, not empty.
        weights: how much each squared error counts, of the shape of values; None: all alike.
        block_shape: length of a block along each axis.
        minimum: smallest code, 0 or less.
        maximum: largest code, 1 or more.

    Returns:
        Two arrays of float64, one number for each block. The scale is 0 for a block of zeros, and where numbers are too
        small to be searched. The sum is about that of the codes of the scale: how much its squared error counts.
    """

    def work(lanes: BlockLanes) -> tuple[Array, ...]:
        return _symmetric(lanes, minimum, maximum)

    scale, squares = over_blocks(work, values, weights, block_shape, results=2)
    return scale, squares


def search_ranges(values: Array, weights: Array | None, block_shape: Shape, /, *, maximum: int) -> tuple[Array, ...]:
    """The scale and the zero point, not rounded, of each block, for codes from 0.

    Arguments and the scale as for `search_scales`; the zero point is 0 where the scale is.
    """

    def work(lanes: BlockLanes) -> tuple[Array, ...]:
        return _asymmetric(lanes, maximum)

    return over_blocks(work, values, weights, block_shape, results=2)


def total_weights(values: Array, weights: Array | None, block_shape: Shape, /) -> Array:
    """The total weight of each block, float64; arguments as for `search_scales`."""
    if weights is None and all(length % block == 0 for length, block in zip(values.shape, block_shape, strict=True)):
        return np.broadcast_to(np.float64(prod(block_shape)), block_counts(values.shape, block_shape))
    return over_blocks(lambda lanes: (lanes.total_weight,), values, weights, block_shape, results=1)[0]


def refit_scales(
    values: Array,
    weights: Array | None,
    block_shape: Shape,
    scale: Array,
    zero: Array,
    /,
    *,
    maximum: int,
    factors: Sequence[float] = (1.0,),
) -> tuple[Array, Array]:
    """The best scale of each block for zero points that are given, by least squares from multiples of a scale.

    Returns:
        The scales, and the sum of the squared codes of each block for the last multiple: how much the squared error of
        its scale counts.
    """

    def work(lanes: BlockLanes, scale: Array, zero: Array) -> tuple[Array, ...]:
        usable = _searchable(lanes.values.dtype, np.abs(scale))
        best, zero = Best.of(np.where(usable, scale, np.inf)), zero.astype(np.float64)
        squares = attempt_scales(lanes, best, factors, zero, minimum=0, maximum=maximum)
        return np.where(usable, best.scale * best.unit, scale), squares

    refitted, squares = over_blocks(work, values, weights, block_shape, of_blocks=(scale, zero), results=2)
    return refitted, squares


def least_squares_scales(
    lanes: BlockLanes, sums_of: Callable[[Array], Array], starts: Array, /, *, refinements: int = _REFINEMENTS
) -> tuple[Array, Array]:
    """The best scale of each block, and the sum of its squared codes: how much the squared error of a scale counts.

    Args:
        lanes: the blocks.
        sums_of: gives the residual sums of the blocks for one over the scale of each.
        starts: scales to try, in units of the value of largest magnitude of each block.
        refinements: how often least squares are repeated for the codes of the best scale.

    Returns:
        Two arrays of float64; the scale is 0 for a block of zeros, and where numbers are too small or too large to be
        searched. The sum is that of the codes of the scale tried last, which is near the best after a refinement.
    """
    best = _best_of_extremes(lanes)
    for number in range(len(starts) + refinements):
        candidate = np.full(lanes.blocks, starts[number]) if number < len(starts) else best.scale.copy()
        sums = sums_of(1 / (candidate * best.unit))
        best.offer_corrected(candidate, sums)
    return _found(best), np.asarray(sums[CODE_SQUARED])


def _symmetric(lanes: BlockLanes, minimum: int, maximum: int) -> tuple[Array, Array]:
    furthest = -minimum if -minimum > maximum else maximum
    direction = -1 if -minimum > maximum else 1

    starts = direction / np.array(_starts(min(-minimum, maximum) or maximum, furthest, lanes.length))
    best = _best_of_extremes(lanes)
    squares = attempt_scales(
        lanes, best, starts.tolist(), None, minimum=minimum, maximum=maximum, refinements=_REFINEMENTS
    )
    return _found(best), squares


def _asymmetric(lanes: BlockLanes, maximum: int) -> tuple[Array, Array]:
    low, high = lanes.extremes()
    usable = _searchable(lanes.values.dtype, high - low)
    best = Best.of(np.where(usable, high - low, np.inf))
    attempt_ranges(
        lanes,
        best,
        low / best.unit,
        high / best.unit,
        _range_parts(maximum, lanes.length),
        maximum=maximum,
        refinements=_REFINEMENTS_OF_RANGES,
    )
    return np.where(usable, best.scale * best.unit, 0.0), np.where(usable, best.zero, 0.0)


def _best_of_extremes(lanes: BlockLanes) -> Best:
    """Nothing found yet, in units of the value of largest magnitude of each block."""
    low, high = lanes.extremes()
    extreme = np.where(high >= -low, high, low)
    return Best.of(np.where(_searchable(lanes.values.dtype, np.abs(extreme)), extreme, np.inf))


def _found(best: Best) -> Array:
    """The best scales; 0 for a block that was not searched."""
    searched = np.isfinite(best.unit)
    return np.where(searched, best.scale * np.where(searched, best.unit, 0.0), 0.0)


def smallest_searched(dtype: np.dtype[Any], /) -> float:
    """What is below all scales that a search finds: one over them is finite, with codes of up to 16 bits."""
    return float(np.finfo(dtype).tiny) * 2.0**24


def _searchable(dtype: np.dtype[Any], extent: Array) -> Array:
    """Where one over a scale is finite, with codes of up to 16 bits, in the type of the values."""
    return np.asarray((extent > smallest_searched(dtype)) & (extent < float(np.finfo(dtype).max) * 2.0**-24))


def _furthest_start(furthest: int, length: int) -> float:
    """How far beyond the furthest code a block's extreme may be worth placing: more for long blocks and few codes.

    The extreme of n values grows about as their logarithm, with the tails that weights have; the best place to clip
    grows by half a standard deviation a bit.
    """
    bits = math.log2(furthest) + 1
    return max(1.2, 0.9 * math.log(max(length, 2)) / (0.7 + 0.5 * bits))


@cache
def _starts(nearest: int, furthest: int, length: int) -> tuple[float, ...]:
    """Places of a block's extreme, in codes: from where both ends of the range are in reach to far beyond.

    The ends of the range are among them, so that what the codes hold exactly stays exact.
    """
    inside = np.geomspace(nearest, furthest, _steps_between(nearest, furthest))[:-1]
    last = _furthest_start(furthest, length) * furthest
    return (*inside, *np.geomspace(furthest, last, _steps_between(furthest, last)))


def _steps_between(first: float, last: float) -> int:
    return math.ceil(math.log(last / first) / math.log(_RATIO_OF_STARTS)) + 1


def _range_parts(maximum: int, length: int) -> list[tuple[float, float]]:
    """Parts of the two sides of a range to keep; all of it is among them, so that what codes hold exactly stays exact.

    Which of them are worth their time was found by trial on networks.
    """
    last = _furthest_start((maximum + 1) // 2, length)
    if last < _LITTLE_CLIPPING:
        powers = list(product((0.0, 0.5), repeat=2))
    elif last < _MUCH_CLIPPING:
        powers = [(0.0, 0.0), (0.6, 0.6), (0.85, 0.15), (0.15, 0.85), (0.85, 0.5), (0.5, 0.85)]
    else:
        powers = list(product((0.0, 1 / 3, 2 / 3, 1.0), repeat=2))
    return [(last**-low, last**-high) for low, high in powers]
