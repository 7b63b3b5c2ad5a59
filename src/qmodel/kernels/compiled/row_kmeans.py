"""Compiled twin of `qmodel.kernels.row_kmeans`: first cuts, and the best within windows around them.

What is found is the same, but the best start of a cell is looked for again at the end, only where it is needed: to
remember all takes as long as to find the gains. Arrays are passed whole, and to few functions: numba counts references
for each, which takes longer than a cell's arithmetic.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from qmodel.dtypes import Array
from qmodel.kernels.compiled.jit import inlined, jit_dividing

# All as in the twin. Loops of fewer passes than a block's are unrolled before they would become vector instructions.
_BLOCK = 16
_GAP_ITERATIONS = 2
_ROUNDS = 40
_FEW_CELLS, _LEAST_REACH = 8, 2


@jit_dividing
def first_cuts(scaled: Array, sizes: Array, cuts: Array) -> None:
    """As `qmodel.kernels.row_kmeans.first_cuts`."""
    rows, gaps = scaled.shape[0], scaled.shape[1] - 1
    count = cuts.shape[1] + 1
    room = np.empty(gaps, np.float32)
    for row in range(rows):
        fill_room(scaled[row], room)
        for _ in range(_GAP_ITERATIONS):
            most = np.float32(total_of(room) / count)
            for gap in range(gaps):
                room[gap] = min(room[gap], most)
        cells_of_room = count / total_of(room)
        reached, cell, least = 0.0, 0, 1
        for gap in range(gaps):
            reached += room[gap]
            while cell < min(int(reached * cells_of_room), count - 1):
                least = max(gap + 1, least)
                cuts[row, cell] = min(least, sizes[row] - (count - 1) + cell)
                cell, least = cell + 1, least + 1


@jit_dividing
def fill_room(ascending: Array, room: Array) -> None:
    """The room that each gap takes."""
    for gap in range(room.size):
        width = np.float32(ascending[gap + 1] - ascending[gap])
        room[gap] = np.sqrt(width * np.sqrt(np.sqrt(width * np.sqrt(np.sqrt(width)))))


@jit_dividing
def total_of(room: Array) -> float:
    """The sum, from the first to the last."""
    total = 0.0
    for each in room:
        total += each
    return total


def settle(weights: Array, totals: Array, sizes: Array, cuts: Array) -> None:
    """As `qmodel.kernels.row_kmeans.settle`."""
    settle_rows(weights, _inverses(weights), totals, sizes, cuts)


def best_cuts(weights: Array, totals: Array, lows: Array, highs: Array, cuts: Array) -> None:
    """As `qmodel.kernels.row_kmeans.best_cuts`."""
    best_cuts_of_rows(weights, _inverses(weights), totals, lows, highs, cuts)


def _inverses(weights: Array) -> Array | None:
    """For values that all weigh 1, in row i one over i − 16, i − 15, ... values; None for others."""
    width = weights.shape[1]
    if weights.shape[0] > 1 or not np.array_equal(weights[0], np.arange(float(width))):
        return None
    return _inverses_of_counts(width)


@lru_cache(maxsize=4)
def _inverses_of_counts(width: int) -> Array:
    """As `_inverses`, and −infinity for no values and fewer."""
    counts = np.arange(width + _BLOCK)[:, None] + np.arange(-_BLOCK, 0)
    return np.where(counts > 0, 1 / np.maximum(counts, 1), -np.inf)


@inlined
def best_start(
    weight: Array,
    total: Array,
    gains: Array,
    candidates: tuple[Array, Array],
    cell: int,
    lowest: int,
    highest: int,
    end: int,
) -> int:
    """The best start of the cell that ends at `end`, of equals the first.

    Gains are not negative: they are in the order of their bits, and of integers the compiler finds the largest with
    vector instructions.
    """
    reached, bits = candidates
    weight_there, total_there = weight[end], total[end]
    for k in range(highest - lowest + 1):
        start = np.uint64(lowest) + np.uint64(k)
        inner = total_there - total[start]
        reached[k] = gains[cell - 1, start] + inner * inner * (1 / (weight_there - weight[start]))
    top = bits[0]
    for k in range(highest - lowest + 1):
        top = max(top, bits[k])
    found = 0
    while bits[found] != top:
        found += 1
    return lowest + found


@inlined
def halve(
    weight: Array,
    total: Array,
    lows: Array,
    highs: Array,
    gains: Array,
    starts: Array,
    candidates: tuple[Array, Array],
    cell: int,
) -> None:
    """The best start for the last end of each whole block."""
    low, high = lows[cell], highs[cell]
    step = _BLOCK
    while 2 * step <= high - low + 1:
        step *= 2
    while step >= _BLOCK:
        for end in range(low + step - 1, high + 1, 2 * step):
            lowest = lows[cell - 1] if end - step < low else starts[cell, end - step]
            highest = min(end - 1, highs[cell - 1] if end + step > high else starts[cell, end + step])
            starts[cell, end] = best_start(weight, total, gains, candidates, cell, lowest, highest, end)
        step //= 2


@inlined
def finish(
    inverses: Array,
    total: Array,
    lows: Array,
    highs: Array,
    gains: Array,
    starts: Array,
    block: tuple[Array, Array, Array],
    cell: int,
) -> None:
    """The best gain for all ends; a block's starts are between those that `halve` found beside it."""
    totals, best, _ = block
    low, high = lows[cell], highs[cell]
    for base in range(low, high + 1, _BLOCK):
        for k in range(_BLOCK):
            totals[k], best[k] = total[np.uint64(base) + np.uint64(k)], -np.inf
        lowest = lows[cell - 1] if base == low else starts[cell, base - 1]
        highest = highs[cell - 1] if base + _BLOCK - 1 > high else starts[cell, base + _BLOCK - 1]
        ahead = base + _BLOCK
        for start in range(lowest, highest + 1, 4):
            second, third, fourth = min(start + 1, highest), min(start + 2, highest), min(start + 3, highest)
            g0, g1 = gains[cell - 1, start], gains[cell - 1, second]
            g2, g3 = gains[cell - 1, third], gains[cell - 1, fourth]
            t0, t1, t2, t3 = total[start], total[second], total[third], total[fourth]
            i0, i1, i2, i3 = ahead - start, ahead - second, ahead - third, ahead - fourth
            for k in range(_BLOCK):
                inner, most = totals[k] - t0, best[k]
                reached = g0 + inner * inner * inverses[i0, k]
                most = reached if reached > most else most
                inner = totals[k] - t1
                reached = g1 + inner * inner * inverses[i1, k]
                most = reached if reached > most else most
                inner = totals[k] - t2
                reached = g2 + inner * inner * inverses[i2, k]
                most = reached if reached > most else most
                inner = totals[k] - t3
                reached = g3 + inner * inner * inverses[i3, k]
                best[k] = reached if reached > most else most
        for k in range(_BLOCK):
            gains[cell, np.uint64(base) + np.uint64(k)] = best[k]


@inlined
def finish_weighted(
    weight: Array,
    total: Array,
    lows: Array,
    highs: Array,
    gains: Array,
    starts: Array,
    block: tuple[Array, Array, Array],
    cell: int,
) -> None:
    """As `finish`, for values of different weights."""
    totals, best, weights = block
    low, high = lows[cell], highs[cell]
    for base in range(low, high + 1, _BLOCK):
        for k in range(_BLOCK):
            end = np.uint64(base) + np.uint64(k)
            totals[k], best[k], weights[k] = total[end], -np.inf, weight[end]
        lowest = lows[cell - 1] if base == low else starts[cell, base - 1]
        highest = highs[cell - 1] if base + _BLOCK - 1 > high else starts[cell, base + _BLOCK - 1]
        for start in range(lowest, highest + 1, 2):
            second = min(start + 1, highest)
            g0, w0, t0 = gains[cell - 1, start], weight[start], total[start]
            g1, w1, t1 = gains[cell - 1, second], weight[second], total[second]
            for k in range(_BLOCK):
                inner, share, most = totals[k] - t0, weights[k] - w0, best[k]
                reached = g0 + inner * inner * (1 / share)
                reached = reached if share > 0 else -np.inf
                most = reached if reached > most else most
                inner, share = totals[k] - t1, weights[k] - w1
                reached = g1 + inner * inner * (1 / share)
                reached = reached if share > 0 else -np.inf
                best[k] = reached if reached > most else most
        for k in range(_BLOCK):
            gains[cell, np.uint64(base) + np.uint64(k)] = best[k]


@jit_dividing
def cut_row(
    weight: Array,
    inverses: Array | None,
    total: Array,
    lows: Array,
    highs: Array,
    cuts: Array,
    gains: Array,
    starts: Array,
    candidates: tuple[Array, Array],
    block: tuple[Array, Array, Array],
) -> None:
    """As `best_cuts`, for one row."""
    cells = lows.size
    for end in range(lows[0], highs[0] + 1):
        gains[0, end] = total[end] * total[end] * (1 / weight[end])
    for cell in range(1, cells):
        halve(weight, total, lows, highs, gains, starts, candidates, cell)
        if inverses is None:
            finish_weighted(weight, total, lows, highs, gains, starts, block, cell)
        else:
            finish(inverses, total, lows, highs, gains, starts, block, cell)
    end = highs[cells - 1]
    for cell in range(cells - 1, 0, -1):
        base = end - (end - lows[cell]) % _BLOCK
        lowest = lows[cell - 1] if base == lows[cell] else starts[cell, base - 1]
        highest = highs[cell - 1] if base + _BLOCK - 1 > highs[cell] else starts[cell, base + _BLOCK - 1]
        end = best_start(weight, total, gains, candidates, cell, lowest, min(highest, end - 1), end)
        cuts[cell - 1] = end


@jit_dividing
def new_room(
    cells: int, width: int
) -> tuple[Array, Array, Array, Array, tuple[Array, Array], tuple[Array, Array, Array]]:
    """What `cut_row` works on; a block of ends may reach beyond a row."""
    padded = width + _BLOCK
    gains, starts, reached = np.empty((cells, padded)), np.empty((cells, padded), np.int64), np.empty(padded)
    candidates, block = (reached, reached.view(np.int64)), (np.empty(_BLOCK), np.empty(_BLOCK), np.empty(_BLOCK))
    return np.zeros(padded), np.zeros(padded), gains, starts, candidates, block


@jit_dividing
def best_cuts_of_rows(
    weights: Array, inverses: Array | None, totals: Array, lows: Array, highs: Array, cuts: Array
) -> None:
    """As `best_cuts`."""
    cells, width = lows.shape[1], totals.shape[1]
    weight, total, gains, starts, candidates, block = new_room(cells, width)
    for row in range(lows.shape[0]):
        weight[:width], total[:width] = weights[row if weights.shape[0] > 1 else 0], totals[row]
        cut_row(weight, inverses, total, lows[row], highs[row], cuts[row], gains, starts, candidates, block)


@jit_dividing
def settle_rows(weights: Array, inverses: Array | None, totals: Array, sizes: Array, cuts: Array) -> None:
    """As `settle`."""
    rows, cells, width = cuts.shape[0], cuts.shape[1] + 1, totals.shape[1]
    weight, total, gains, starts, candidates, block = new_room(cells, width)
    lows, highs, edges = np.empty(cells, np.int64), np.empty(cells, np.int64), np.empty(cells + 1, np.int64)
    for row in range(rows):
        weight[:width], total[:width] = weights[row if weights.shape[0] > 1 else 0], totals[row]
        edges[0], edges[cells] = 0, sizes[row]
        for _ in range(_ROUNDS):
            edges[1:cells] = cuts[row]
            fill_windows(edges, lows, highs)
            cut_row(weight, inverses, total, lows, highs, cuts[row], gains, starts, candidates, block)
            if not moved_far(edges, cuts[row]):
                break


@jit_dividing
def fill_windows(edges: Array, lows: Array, highs: Array) -> None:
    """The lowest and highest place of each cut, and of the end, given those of all cells."""
    last = lows.size - 1
    reach = max(1, _FEW_CELLS // (last + 1))
    least, most = 1, edges[last + 1] - last
    for cut in range(last):
        least = max(least, min(edges[max(cut + 1 - reach, 0)], edges[cut + 1] - _LEAST_REACH) - cut)
        lows[cut] = least + cut
    for cut in range(last - 1, -1, -1):
        most = min(most, max(edges[min(cut + 1 + reach, last + 1)], edges[cut + 1] + _LEAST_REACH) - cut)
        highs[cut] = most + cut
    lows[last] = highs[last] = edges[last + 1]


@jit_dividing
def moved_far(edges: Array, after: Array) -> bool:
    """Whether any cut moved by more than a quarter of the cell that it moved into."""
    for cut in range(after.size):
        moved = 4 * (after[cut] - edges[cut + 1])
        if moved > edges[cut + 2] - edges[cut + 1] or -moved > edges[cut + 1] - edges[cut]:
            return True
    return False
