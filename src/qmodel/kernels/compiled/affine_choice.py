"""Compiled twin of `qmodel.kernels.affine_choice`."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from qmodel.dtypes import Array
from qmodel.kernels.compiled.affine_attempts import columns, lanes_of
from qmodel.kernels.compiled.jit import jit, jit_dividing

# So many elements are worked on together, so that they stay in the nearest cache for all scales.
_ELEMENTS, _FEWEST_LANES = 1 << 12, 64
# Elements of a lane added at once, so that its sum stays in a register meanwhile.
_ROWS = 4


@jit
def choose(
    values: Array,
    weights: Array | None,
    scales: Array,
    least: Array,
    zero: Array | None,
    minimum: np.floating,
    maximum: np.floating,
    best: Array,
    error: Array,
    first_error: Array,
) -> None:
    """As `qmodel.kernels.affine_choice._best`; `best` holds the first scales to begin with."""
    steps, blocks = values.shape[0], best.size
    pieces = values.shape[1] // blocks
    width = max(1, max(_ELEMENTS // steps, _FEWEST_LANES) // pieces)
    for first in range(0, blocks, width):
        part = slice(first, min(first + width, blocks))
        choose_for_some(
            columns(values, blocks, first, part.stop),
            None if weights is None else columns(weights, blocks, first, part.stop),
            scales,
            first,
            least[part],
            None if zero is None else lanes_of(zero[part], pieces, values),
            minimum,
            maximum,
            best[part],
            error[part],
            first_error[part],
        )


@jit
def choose_for_some(
    values: Array,
    weights: Array | None,
    scales: Array,
    first: int,
    least: Array,
    zeros: Array | None,
    minimum: np.floating,
    maximum: np.floating,
    best: Array,
    error: Array,
    first_error: Array,
) -> None:
    """As `choose`, where zeros are those of lanes, and scales those of all blocks, of which these begin at `first`."""
    blocks, lanes = best.size, values.shape[1]
    inverse, sums = np.empty(lanes, values.dtype), np.empty(lanes, values.dtype)
    used, of_blocks = np.empty(blocks), np.empty(blocks)
    whole = values.shape[0] // _ROWS * _ROWS
    for number in range(scales.shape[0]):
        scale = scales[number][first : first + blocks]
        _invert(scale, least, used, inverse)
        sums[:] = 0
        _add_squares(values, weights, inverse, zeros, minimum, maximum, sums, 0, whole)
        _add_squares_of_row(values, weights, inverse, zeros, minimum, maximum, sums, whole, values.shape[0])
        for block in range(blocks):
            of_blocks[block] = sums[block]
        for start in range(blocks, lanes, blocks):
            for block in range(blocks):
                of_blocks[block] += sums[start + block]
        if number == 0:
            for block in range(blocks):
                error[block] = of_blocks[block] * (used[block] * used[block])
            first_error[:] = error
        else:
            _take_better(scale, used, of_blocks, best, error)


@jit_dividing
def _invert(scale: Array, least: Array, used: Array, inverse: Array) -> None:
    """One over the scale of each lane, none of which is smaller than the least.

    Division in the type of values rounds as division in float64 does that is rounded again (Figueroa 1995).
    """
    one = inverse.dtype.type(1)
    for block in range(scale.size):
        number = least[block] if abs(scale[block]) < least[block] else scale[block]
        used[block], inverse[block] = number, one / number
    for lane in range(scale.size, inverse.size):
        inverse[lane] = inverse[lane - scale.size]


@jit
def _take_better(scale: Array, used: Array, sums: Array, best: Array, error: Array) -> None:
    """Take the scales of the blocks whose error is smaller."""
    for block in range(scale.size):
        found = sums[block] * (used[block] * used[block])
        better = found < error[block]
        error[block] = found if better else error[block]
        best[block] = scale[block] if better else best[block]


def _adder(rows: int) -> Callable[..., None]:
    @jit
    def add(
        values: Array,
        weights: Array | None,
        inverse: Array,
        zeros: Array | None,
        minimum: np.floating,
        maximum: np.floating,
        sums: Array,
        start: int,
        stop: int,
    ) -> None:
        for first in range(start, stop, rows):
            for lane in range(values.shape[1]):
                squared = sums[lane]
                for row in range(first, first + rows):
                    steps = values[row, lane] * inverse[lane]
                    steps = steps if zeros is None else steps + zeros[lane]
                    residual = steps - min(max(np.rint(steps), minimum), maximum)
                    weighted = residual if weights is None else residual * weights[row, lane]
                    squared += weighted * residual
                sums[lane] = squared

    return add


_add_squares, _add_squares_of_row = _adder(_ROWS), _adder(1)
