"""Attempts of a search for scales: codes for a candidate, and what least squares makes of them, where it is better.

The scale of a block is kept in units of its own, so that no magnitude overflows or vanishes; so are its errors.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from qmodel.dtypes import Array
from qmodel.kernels.affine_residuals import CODE, CODE_SQUARED, PRODUCT, RESIDUAL, SQUARED
from qmodel.kernels.block_lanes import BlockLanes
from qmodel.kernels.dispatch import compiled


@dataclass(frozen=True, slots=True)
class Best:
    """The best scale so far of each block, and the zero point that goes with it; all float64 of shape (blocks,).

    Attributes:
        unit: of the scales; infinite for a block that is not searched: its steps are all 0.
        scale: the best, in units.
        zero: the zero point that goes with it, not rounded.
        error: the sum of squared errors, in squared units.
    """

    unit: Array
    scale: Array
    zero: Array
    error: Array

    @classmethod
    def of(cls, unit: Array, /) -> Best:
        """Nothing found yet."""
        return cls(unit, np.ones_like(unit), np.zeros_like(unit), np.full_like(unit, np.inf))

    def offer(self, scale: Array, error: Array, zero: Array | None = None, /) -> None:
        """Take the scales of the blocks whose error is smaller."""
        better = error < self.error
        np.copyto(self.error, error, where=better)
        np.copyto(self.scale, scale, where=better)
        if zero is not None:
            np.copyto(self.zero, zero, where=better)

    def offer_corrected(self, candidate: Array, sums: Array, /) -> None:
        """Take the scales that least squares makes of candidates, given the residual sums of their codes."""
        gain = _quotient(sums[PRODUCT], sums[CODE_SQUARED])
        self.offer(candidate * (1 + gain), (sums[SQUARED] - sums[PRODUCT] * gain) * (candidate * candidate))

    def offer_range(self, scale: Array, zero: Array, sums: Array, share: Array, /) -> None:
        """As `offer_corrected`, with zero points as well; share: one over the total weight of each block."""
        mean_residual, mean_code = sums[RESIDUAL] * share, sums[CODE] * share
        covariance = sums[PRODUCT] - mean_residual * sums[CODE]
        gain = _quotient(covariance, sums[CODE_SQUARED] - mean_code * sums[CODE])
        shift = mean_residual - gain * mean_code
        error = sums[SQUARED] - mean_residual * sums[RESIDUAL] - covariance * gain
        self.offer(scale * (1 + gain), error * (scale * scale), zero - shift / (1 + gain))


def attempt_scales(
    lanes: BlockLanes,
    best: Best,
    candidates: Sequence[float],
    zero: Array | None,
    /,
    *,
    minimum: int,
    maximum: int,
    refinements: int = 0,
) -> Array:
    """Offer `best` what least squares makes of scales, whose zero points stay as they are.

    Args:
        lanes: the blocks.
        best: changed where a block has a smaller error.
        candidates: scales for all blocks, not 0, in units of `best`; at least one.
        zero: zero points, float64, one for each block; None: 0.
        minimum: smallest code.
        maximum: largest code.
        refinements: how often the best scale of each block is then a candidate itself.

    Returns:
        The sum of the squared codes of each block for its last candidate, float64: how much the squared error of its
        scale counts.
    """
    if module := compiled("affine_attempts", lanes.values.size * (len(candidates) + refinements)):
        low, high = (lanes.values.dtype.type(code) for code in (minimum, maximum))
        squares, starts = np.empty_like(best.unit), np.array(candidates, np.float64)
        module.attempt_scales(
            *(lanes.values, lanes.weights, best.unit, starts, refinements, zero, low, high),
            *(best.scale, best.error, squares),
        )
        return squares
    for candidate in (*candidates, *[None] * refinements):
        scale = best.scale.copy() if candidate is None else np.full(lanes.blocks, float(candidate))
        sums = lanes.sums((1 / scale) * (1 / best.unit), zero, minimum=minimum, maximum=maximum)
        best.offer_corrected(scale, sums)
    return np.asarray(sums[CODE_SQUARED])


def attempt_ranges(
    lanes: BlockLanes,
    best: Best,
    low: Array,
    high: Array,
    parts: Sequence[tuple[float, float]],
    /,
    *,
    maximum: int,
    refinements: int = 0,
) -> None:
    """Offer `best` what least squares makes of scales and zero points, for codes from 0.

    Args:
        lanes: the blocks.
        best: changed where a block has a smaller error.
        low: where the range of each block begins, float64, 0 or less, in units of `best`.
        high: where it ends, 0 or more; both are 0 only where the unit is infinite.
        parts: which parts of the two sides of the ranges the codes divide, for each attempt; above 0.
        maximum: largest code.
        refinements: how often the best of each block is then attempted itself.
    """
    share = 1 / np.maximum(lanes.total_weight, np.finfo(np.float64).tiny)
    if module := compiled("affine_attempts", lanes.values.size * (len(parts) + refinements)):
        smallest, largest = (lanes.values.dtype.type(code) for code in (0, maximum))
        module.attempt_ranges(
            *(lanes.values, lanes.weights, best.unit, low, high, np.array(parts), refinements, smallest, largest),
            *(share, best.scale, best.zero, best.error),
        )
        return
    for part in (*parts, *[None] * refinements):
        if part is None:
            scale, zero = best.scale.copy(), best.zero.copy()
        else:
            lowest = low * part[0]
            scale = np.where(np.isinf(best.unit), 1.0, (high * part[1] - lowest) / maximum)
            zero = -lowest / scale
        best.offer_range(scale, zero, lanes.sums(1 / (scale * best.unit), zero, minimum=0, maximum=maximum), share)


def _quotient(dividend: Array, divisor: Array) -> Array:
    """The quotient, where it is a small correction as least squares gives; else 0."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        quotient = dividend / divisor
    return np.where(np.abs(quotient) < 1 / 2, quotient, 0.0)
