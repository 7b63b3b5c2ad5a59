"""Of several scales of each block, as they would be stored, the one whose codes have the least squared error."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from qmodel.dtypes import Array
from qmodel.kernels.affine_residuals import SQUARED
from qmodel.kernels.affine_search import smallest_searched
from qmodel.kernels.block_lanes import BlockLanes, over_blocks
from qmodel.kernels.blocks import Shape
from qmodel.kernels.dispatch import compiled

# A scale so much smaller than the one that suits decodes to nothing, as 0 does.
_AS_GOOD_AS_ZERO = 2.0**-12


def choose_scales(
    values: Array,
    weights: Array | None,
    block_shape: Shape,
    candidates: Callable[..., Array],
    of_blocks: Sequence[Array],
    suiting: Array,
    zero: Array | None,
    /,
    *,
    minimum: int,
    maximum: int,
) -> tuple[Array, float, float]:
    """The best of several scales of each block.

    Args:
        values: finite, float32 or float64, not empty.
        weights: how much each squared error counts, of the shape of values; None: all alike.
        block_shape: length of a block along each axis.
        candidates: gets the numbers that `of_blocks` has for some blocks, on one axis, and gives scales for them, of
            shape (one at least, blocks) and the dtype of values, 0 among them; the first where no other is better.
        of_blocks: arrays with one number for each block.
        suiting: about what suits each block, which shows which scales are as good as 0; 0 for a block of zeros.
        zero: the zero point of each block; None: 0.
        minimum: smallest code.
        maximum: largest code.

    Returns:
        The best, of the dtype of values; the squared error of all, and what it is for the first scales.
    """
    smallest = smallest_searched(values.dtype)
    totals: list[list[float]] = []

    def work(lanes: BlockLanes, suiting: Array, *parts: Array) -> tuple[Array, ...]:
        least = np.maximum(np.abs(suiting) * _AS_GOOD_AS_ZERO, smallest).astype(values.dtype)
        zeros, given = (None, parts) if zero is None else (parts[0], parts[1:])
        best, *errors = _best(lanes, candidates(*given), least, zeros, minimum=minimum, maximum=maximum)
        totals.append([error.sum() for error in errors])
        return (best,)

    given = (suiting, *of_blocks) if zero is None else (suiting, zero, *of_blocks)
    (best,) = over_blocks(work, values, weights, block_shape, of_blocks=given, results=1, dtype=values.dtype)
    error, first_error = np.sum(totals, axis=0).tolist()
    return best, error, first_error


def _best(
    lanes: BlockLanes, scales: Array, least: Array, zero: Array | None, /, *, minimum: int, maximum: int
) -> tuple[Array, Array, Array]:
    """As `choose_scales`, of some blocks; scales of shape (number, blocks), those below `least` count as that."""
    if module := compiled("affine_choice", lanes.values.size * len(scales)):
        low, high = (lanes.values.dtype.type(code) for code in (minimum, maximum))
        best, error, first_error = scales[0].copy(), np.empty(lanes.blocks), np.empty(lanes.blocks)
        module.choose(lanes.values, lanes.weights, scales, least, zero, low, high, best, error, first_error)
        return best, error, first_error
    errors = []
    for scale in scales:
        used = np.where(np.abs(scale) < least, least, scale).astype(np.float64)
        errors.append(lanes.sums(1 / used, zero, minimum=minimum, maximum=maximum)[SQUARED] * (used * used))
    chosen = np.argmin(errors, axis=0)
    return scales[chosen, np.arange(lanes.blocks)], np.min(errors, axis=0), errors[0]
