"""Compiled twin of `qmodel.kernels.row_kmeans`: the best cuts within windows."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.kernels.compiled.jit import jit_dividing

# As in the twin. Loops of fewer passes are unrolled before they would become vector instructions.
_BLOCK = 16


@jit_dividing
def best_cuts(weights: Array, totals: Array, lows: Array, highs: Array, cuts: Array) -> None:
    """As `qmodel.kernels.row_kmeans.best_cuts`."""
    rows, cells = lows.shape
    width = totals.shape[1]
    gains, room = np.empty((2, width)), np.empty(width)
    starts = np.empty((cells, width), np.int64)
    block = np.empty(_BLOCK), np.empty(_BLOCK), np.empty(_BLOCK), np.empty(_BLOCK, np.int64)
    for row in range(rows):
        sums = weights[row if weights.shape[0] > 1 else 0], totals[row]
        for end in range(lows[row, 0], highs[row, 0] + 1):
            gains[0, end] = totals[row, end] * totals[row, end] / sums[0][end]
        for cell in range(1, cells):
            before, after = gains[(cell + 1) % 2], gains[cell % 2]
            window = lows[row, cell - 1], highs[row, cell - 1], lows[row, cell], highs[row, cell]
            halve(sums, before, window, starts[cell], room)
            finish(sums, before, after, window, starts[cell], block)
        end = highs[row, cells - 1]
        for cell in range(cells - 1, 0, -1):
            end = starts[cell, end]
            cuts[row, cell - 1] = end


@jit_dividing
def halve(
    sums: tuple[Array, Array], before: Array, window: tuple[int, int, int, int], starts: Array, room: Array
) -> None:
    """The best start for the last end of each whole block; `window` holds the outermost starts and ends."""
    weight, total = sums
    first, last, low, high = window
    step = _BLOCK
    while 2 * step <= high - low + 1:
        step *= 2
    while step >= _BLOCK:
        for end in range(low + step - 1, high + 1, 2 * step):
            lowest = first if end - step < low else starts[end - step]
            highest = min(end - 1, last if end + step > high else starts[end + step])
            gains, totals = before[lowest : highest + 1], total[lowest : highest + 1]
            weights = weight[lowest : highest + 1]
            for k in range(gains.size):
                inner = total[end] - totals[k]
                room[k] = gains[k] + inner * inner / (weight[end] - weights[k])
            found, top = 0, room[0]
            for k in range(gains.size):
                found = k if room[k] > top else found
                top = max(room[k], top)
            starts[end] = lowest + found
        step //= 2


@jit_dividing
def finish(
    sums: tuple[Array, Array],
    before: Array,
    after: Array,
    window: tuple[int, int, int, int],
    starts: Array,
    block: tuple[Array, Array, Array, Array],
) -> None:
    """The best start and gain for all ends; a block's are between those that `halve` found beside it."""
    weight, total = sums
    first, last, low, high = window
    weights, totals, best, where = block
    for base in range(low, high + 1, _BLOCK):
        for k in range(_BLOCK):
            end = min(base + k, high)
            weights[k], totals[k] = weight[end], total[end]
            best[k], where[k] = -np.inf, first
        lowest = first if base == low else starts[base - 1]
        highest = last if base + _BLOCK - 1 > high else starts[base + _BLOCK - 1]
        for start in range(lowest, highest + 1):
            gain, weight_before, total_before = before[start], weight[start], total[start]
            for k in range(_BLOCK):
                inner, share = totals[k] - total_before, weights[k] - weight_before
                reached = gain + inner * inner / share
                reached = reached if share > 0 else -np.inf
                where[k] = start if reached > best[k] else where[k]
                best[k] = reached if reached > best[k] else best[k]
        for k in range(min(_BLOCK, high + 1 - base)):
            after[base + k], starts[base + k] = best[k], where[k]
