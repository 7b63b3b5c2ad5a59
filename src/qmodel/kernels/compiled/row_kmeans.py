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
    best, where = np.empty(_BLOCK), np.empty(_BLOCK, np.int64)
    for row in range(rows):
        weight, total = weights[row if weights.shape[0] > 1 else 0], totals[row]
        for end in range(lows[row, 0], highs[row, 0] + 1):
            gains[0, end] = total[end] * total[end] / weight[end]
        for cell in range(1, cells):
            before, after = gains[(cell + 1) % 2], gains[cell % 2]
            low, high = lows[row, cell], highs[row, cell]
            first, last = lows[row, cell - 1], highs[row, cell - 1]
            halve(weight, total, before, low, high, first, last, starts[cell], room)
            finish(weight, total, before, after, low, high, first, last, starts[cell], best, where)
        end = highs[row, cells - 1]
        for cell in range(cells - 1, 0, -1):
            end = starts[cell, end]
            cuts[row, cell - 1] = end


@jit_dividing
def halve(
    weight: Array, total: Array, before: Array, low: int, high: int, first: int, last: int, starts: Array, room: Array
) -> None:
    """The best start for the last end of each whole block."""
    step = _BLOCK
    while 2 * step <= high - low + 1:
        step *= 2
    while step >= _BLOCK:
        for end in range(low + step - 1, high + 1, 2 * step):
            lowest = first if end - step < low else starts[end - step]
            highest = min(end - 1, last if end + step > high else starts[end + step])
            gains, sums = before[lowest : highest + 1], total[lowest : highest + 1]
            shares = weight[lowest : highest + 1]
            for k in range(gains.size):
                inner = total[end] - sums[k]
                room[k] = gains[k] + inner * inner / (weight[end] - shares[k])
            found = 0
            for k in range(gains.size):
                if room[k] > room[found]:
                    found = k
            starts[end] = lowest + found
        step //= 2


@jit_dividing
def finish(
    weight: Array,
    total: Array,
    before: Array,
    after: Array,
    low: int,
    high: int,
    first: int,
    last: int,
    starts: Array,
    best: Array,
    where: Array,
) -> None:
    """The best start and gain for all ends of each block."""
    sums, shares = np.empty(_BLOCK), np.empty(_BLOCK)
    for base in range(low, high + 1, _BLOCK):
        for k in range(_BLOCK):
            end = min(base + k, high)
            sums[k], shares[k] = total[end], weight[end]
            best[k], where[k] = -np.inf, first
        lowest = first if base == low else starts[base - 1]
        highest = last if base + _BLOCK - 1 > high else starts[base + _BLOCK - 1]
        for start in range(lowest, highest + 1):
            gain, sum_before, weight_before = before[start], total[start], weight[start]
            for k in range(_BLOCK):
                inner, share = sums[k] - sum_before, shares[k] - weight_before
                reached = gain + inner * inner / share
                reached = reached if share > 0 else -np.inf
                where[k] = start if reached > best[k] else where[k]
                best[k] = reached if reached > best[k] else best[k]
        for k in range(min(_BLOCK, high + 1 - base)):
            after[base + k], starts[base + k] = best[k], where[k]
