"""Optimal palettes of numbers for many rows at once: as `qmodel.kernels.scalar_kmeans`, without atoms.

Rows are sorted and cut into cells as wide as high rate wants them (Panter and Dite 1951). Dynamic programming then
finds the best cuts of all that are about a cell away from these at most (Wu 1991, "Optimal quantization by matrix
searching"), and again around those while any cut moved far: two rounds nearly always end at the optimum.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qmodel.dtypes import Array
from qmodel.kernels.dispatch import compiled
from qmodel.kernels.tiling import tiles

_TILE_ELEMENTS = 1 << 16
_SMALLEST_WEIGHT = 2.0**-48
_GAP_ITERATIONS = 2
# Two or three are enough but where tails are very heavy.
_ROUNDS = 40
# A window reaches over a cell on each side of a cut, or over more where there are fewer cells than these; and at least
# over so many values.
_FEW_CELLS, _LEAST_REACH = 8, 2
# Halving stops at blocks of so many ends, which are compared with each start all at once.
_BLOCK = 16


@dataclass(frozen=True, slots=True)
class _Rows:
    """Sorted rows, without values that weigh nothing.

    Attributes:
        values: of the dtype given, shape (rows, length); after a row's own size its largest value again.
        weights: of so many values together, float64, shape (rows or 1, length + 1).
        shares: of each value, float64, shape (rows, length), or None where all are 1; 0 after a row's own size.
        sizes: int64, number of values of each row.
        few: whether a row has no more distinct values than there are entries.
        exact: whether it has no more even with values that weigh nothing.
    """

    values: Array
    weights: Array
    shares: Array | None
    sizes: Array
    few: Array
    exact: Array


def optimal_palettes(values: Array, weights: Array | None, count: int, /) -> tuple[Array, Array, Array]:
    """For each row a palette with about the smallest weighted squared error.

    Args:
        values: finite floats, shape (rows, length), at least one of each.
        weights: of each squared error, at least 0 and finite, of the shape of values; None: all alike.
        count: number of entries wanted, at least 1.

    Returns:
        Ascending float64, shape (rows, count), short palettes filled up with their last entry; how many entries each
        has; and whether these are exactly the row's distinct values, which they are where there are no more.
    """
    rows, length = values.shape
    entries, counts = np.empty((rows, count)), np.full(rows, count)
    exact = np.empty(rows, np.bool_)
    for tile in tiles((rows, 1), max(1, _TILE_ELEMENTS // length)):
        part = tile[0]
        ordered = _ordered(values[part], None if weights is None else weights[part], count)
        found, used = _distinct(ordered, count)
        many = np.flatnonzero(~ordered.few)
        if len(many):
            found[many] = _means_of_best_cells(_chosen(ordered, many), count)
        entries[part], counts[part], exact[part] = found, used, ordered.exact
    return entries, counts, exact


def _ordered(values: Array, weights: Array | None, count: int) -> _Rows:
    rows, length = values.shape
    sizes = np.full(rows, length)
    if weights is None:
        values = np.sort(values, axis=1)
        few = _distinct_counts(values) <= count
        return _Rows(values, np.arange(length + 1.0)[None], None, sizes, few, few)
    order = np.argsort(values, axis=1, kind="stable")
    values, shares = np.take_along_axis(values, order, 1), np.take_along_axis(weights, order, 1).astype(np.float64)
    exact = _distinct_counts(values) <= count
    largest = shares.max(axis=1, keepdims=True)
    shares = np.where(largest > 0, shares / np.where(largest > 0, largest, 1), 1.0)
    weighty = (shares > _SMALLEST_WEIGHT * shares.sum(axis=1, keepdims=True)) | exact[:, None]
    if not weighty.all():
        sizes = weighty.sum(axis=1)
        kept = np.argsort(~weighty, axis=1, kind="stable")
        shares = np.take_along_axis(np.where(weighty, shares, 0.0), kept, 1)
        last = np.take_along_axis(kept, sizes[:, None] - 1, 1)
        values = np.take_along_axis(values, np.where(np.arange(length) < sizes[:, None], kept, last), 1)
    return _Rows(values, _running_sums(shares), shares, sizes, _distinct_counts(values) <= count, exact)


def _distinct_counts(ordered: Array) -> Array:
    counts: Array = 1 + np.count_nonzero(ordered[:, 1:] != ordered[:, :-1], axis=1)
    return counts


def _running_sums(parts: Array) -> Array:
    sums = np.zeros((parts.shape[0], parts.shape[1] + 1))
    np.cumsum(parts, axis=1, out=sums[:, 1:])
    return sums


def _chosen(rows: _Rows, which: Array) -> _Rows:
    if len(which) == len(rows.values):
        return rows
    weights = rows.weights if len(rows.weights) == 1 else rows.weights[which]
    shares = None if rows.shares is None else rows.shares[which]
    return _Rows(rows.values[which], weights, shares, rows.sizes[which], rows.few[which], rows.exact[which])


def _distinct(rows: _Rows, count: int) -> tuple[Array, Array]:
    """Palettes of distinct values where there are few; of the others nothing but the length."""
    entries, counts = np.empty((len(rows.values), count)), np.full(len(rows.values), count)
    which = np.flatnonzero(rows.few)
    values = rows.values[which]
    changes = np.ones(values.shape, np.bool_)
    changes[:, 1:] = values[:, 1:] != values[:, :-1]
    places = np.cumsum(changes, axis=1) - 1
    found = np.repeat(values[:, -1:].astype(np.float64), count, axis=1)
    row, column = np.nonzero(changes)
    found[row, places[row, column]] = values[row, column]
    entries[which], counts[which] = found + 0.0, places[:, -1] + 1
    return entries, counts


def _means_of_best_cells(rows: _Rows, count: int) -> Array:
    """The palettes of rows with more distinct values than entries."""
    numbers = np.arange(len(rows.values))[:, None]
    lowest, middle, highest = (
        rows.values[numbers, at].astype(np.float64) for at in (0, rows.sizes[:, None] // 2, rows.sizes[:, None] - 1)
    )
    # Centred and scaled, squares can neither overflow nor cancel.
    spread = highest - lowest
    scaled = (rows.values - middle) / spread
    totals = _running_sums(scaled if rows.shares is None else scaled * rows.shares)
    cuts = _good_cuts(rows, scaled, totals, count)
    ends = np.concatenate([np.zeros_like(numbers), cuts, rows.sizes[:, None]], axis=1)
    weights = rows.weights[0][ends] if len(rows.weights) == 1 else np.take_along_axis(rows.weights, ends, 1)
    means = np.diff(np.take_along_axis(totals, ends, 1), axis=1) / np.diff(weights, axis=1)
    palettes: Array = np.clip(
        means * spread + middle, rows.values[numbers, ends[:, :-1]], rows.values[numbers, ends[:, 1:] - 1]
    )
    return palettes


def _good_cuts(rows: _Rows, scaled: Array, totals: Array, count: int) -> Array:
    cuts = np.empty((len(scaled), count - 1), np.int64)
    if cuts.size:
        # NumPy takes dozens of times as long for a candidate as other kernels do for an element.
        kernel = compiled("row_kmeans", 64 * scaled.size)
        (kernel.first_cuts if kernel else first_cuts)(scaled, rows.sizes, cuts)
        (kernel.settle if kernel else settle)(rows.weights, totals, rows.sizes, cuts)
    return cuts


def first_cuts(scaled: Array, sizes: Array, cuts: Array, /) -> None:
    """Cut rows into cells whose widths are proportional to density^(-1/3), about; has a compiled twin.

    Each gap between neighbours takes room(gap) of a cell, at most a whole one: gaps beside outliers must not use up
    all cells.

    Args:
        scaled: ascending float64, at most 1 apart, shape (rows, length).
        sizes: int64, the number of values of each row; the others are like the last.
        cuts: int64, shape (rows, cells - 1), filled with the ends of all cells but the last.
    """
    rows, count = len(cuts), cuts.shape[1] + 1
    room = _room(np.diff(scaled, axis=1).astype(np.float32))
    for _ in range(_GAP_ITERATIONS):
        total = np.cumsum(room, axis=1, dtype=np.float64)[:, -1:]
        room = np.minimum(room, (total / count).astype(np.float32))
    reached = np.cumsum(room, axis=1, dtype=np.float64)
    cells = np.minimum((reached * (count / reached[:, -1:])).astype(np.int64), count - 1)
    cells += np.arange(rows)[:, None] * count
    gaps = np.bincount(cells.ravel(), minlength=rows * count).reshape(rows, count)
    order = np.arange(count - 1)
    cuts[:] = np.maximum.accumulate(1 + np.cumsum(gaps, axis=1)[:, :-1] - order, axis=1) + order
    np.minimum(cuts, sizes[:, None] - (count - 1) + order, out=cuts)


def _room(gap: Array) -> Array:
    """gap^(21/32), which is nearly gap^(2/3), of roots that are the same bits everywhere."""
    room: Array = np.sqrt(gap * np.sqrt(np.sqrt(gap * np.sqrt(np.sqrt(gap)))))
    return room


def settle(weights: Array, totals: Array, sizes: Array, cuts: Array, /) -> None:
    """Move cuts to the best places within windows around them, until none moves far; has a compiled twin.

    Args:
        weights: of so many values together, ascending float64, shape (rows or 1, length + 1).
        totals: weighted sums of so many values, float64, shape (rows, length + 1).
        sizes: int64, the number of values of each row.
        cuts: int64, shape (rows, cells - 1), the ends of all cells but the last, changed.
    """
    moving = np.arange(len(cuts))
    for _ in range(_ROUNDS):
        before, ends = cuts[moving], sizes[moving, None]
        lows, highs = _windows(before, ends)
        after = np.empty_like(before)
        all_move = len(moving) == len(cuts)
        own_weights = weights if all_move or len(weights) == 1 else weights[moving]
        best_cuts(own_weights, totals if all_move else totals[moving], lows, highs, after)
        cuts[moving] = after
        moving = moving[_moved_far(before, after, ends)]
        if not len(moving):
            break


def _windows(cuts: Array, ends: Array) -> tuple[Array, Array]:
    """The lowest and highest place of each cut, and of the end; both ascend, and leave each cell at least a value."""
    inner = np.concatenate([np.zeros_like(ends), cuts, ends], axis=1)
    order = np.arange(cuts.shape[1])
    cells = max(1, _FEW_CELLS // (cuts.shape[1] + 1))
    lows = np.minimum(inner[:, np.maximum(order + 1 - cells, 0)], cuts - _LEAST_REACH)
    highs = np.maximum(inner[:, np.minimum(order + 1 + cells, len(order) + 1)], cuts + _LEAST_REACH)
    lows = np.maximum.accumulate(np.maximum(lows - order, 1), axis=1) + order
    highs = np.minimum(highs - order, ends - cuts.shape[1])
    highs = np.minimum.accumulate(highs[:, ::-1], axis=1)[:, ::-1] + order
    return np.concatenate([lows, ends], axis=1), np.concatenate([highs, ends], axis=1)


def _moved_far(before: Array, after: Array, ends: Array) -> Array:
    """Whether any cut of a row moved by more than a quarter of the cell that it moved into."""
    inner = np.concatenate([np.zeros_like(ends), before, ends], axis=1)
    cells = np.diff(inner, axis=1)
    moved = 4 * (after - before)
    far: Array = np.any((moved > cells[:, 1:]) | (-moved > cells[:, :-1]), axis=1)
    return far


def best_cuts(weights: Array, totals: Array, lows: Array, highs: Array, cuts: Array, /) -> None:
    """Cut each row into cells with the largest sum of total² / weight, each cut within its window.

    The best start of a cell moves up with its end, so starts are found by halving (as in
    `qmodel.kernels.scalar_kmeans.next_layer`), and in what lies between by trying all.

    Args:
        weights: of so many values together, ascending float64, shape (rows or 1, length + 1).
        totals: weighted sums of so many values, float64, shape (rows, length + 1).
        lows: int64, shape (rows, cells): the least end of each cell; the last is the row's size.
        highs: int64, of the same shape: the greatest; both ascend.
        cuts: int64, shape (rows, cells - 1), filled with the ends of all cells but the last.
    """
    rows, cells = lows.shape
    gain = np.full(totals.shape, -np.inf)
    gain[:, 1:] = np.square(totals[:, 1:]) * (1 / weights[:, 1:])
    starts = np.zeros((cells, *totals.shape), np.int64)
    for cell in range(1, cells):
        gain = _Layer(weights, totals, gain, starts[cell]).filled(lows, highs, cell)
    end = highs[:, -1]
    for cell in range(cells - 1, 0, -1):
        end = cuts[:, cell - 1] = starts[cell, np.arange(rows), end]


@dataclass(frozen=True, slots=True)
class _Layer:
    """One cell more.

    Attributes:
        weights: of so many values together, shape (rows or 1, length + 1).
        totals: weighted sums of so many values, shape (rows, length + 1).
        before: the best gains so far, of the same shape.
        starts: int64, of the same shape, filled with the best start of the cell for each end.
    """

    weights: Array
    totals: Array
    before: Array
    starts: Array

    def filled(self, lows: Array, highs: Array, cell: int) -> Array:
        """The gains with this cell, where its ends may be."""
        first, last, low, high = lows[:, cell - 1], highs[:, cell - 1], lows[:, cell], highs[:, cell]
        lengths = high - low + 1
        step = 1 << max(int(lengths.max()).bit_length() - 1, _BLOCK.bit_length() - 1)
        while step >= _BLOCK:
            row, number = _ragged((lengths + step) // (2 * step))
            end = low[row] + step - 1 + 2 * step * number
            lowest = np.where(end - step < low[row], first[row], self.starts[row, np.maximum(end - step, 0)])
            after = end + step
            highest = np.where(after > high[row], last[row], self.starts[row, np.minimum(after, high[row])])
            self._solve(row, end, lowest, highest)
            step //= 2
        return self._finished(first, last, low, high)

    def _solve(self, row: Array, end: Array, lowest: Array, highest: Array) -> None:
        """Find the best of some starts for each end, of equals the first."""
        if not len(end):
            return
        width = self.totals.shape[1]
        lengths = np.minimum(highest, end - 1) - lowest + 1
        first = np.cumsum(lengths) - lengths
        owner, number = _ragged(lengths)
        start = lowest[owner] + number
        at, weights = row[owner] * width + start, self.weights.ravel()
        own_weights = weights[start if len(self.weights) == 1 else at]
        inner = self.totals[row, end][owner] - self.totals.ravel()[at]
        held = weights[end if len(self.weights) == 1 else row * width + end][owner] - own_weights
        reached = self.before.ravel()[at] + inner * inner * (1 / held)
        best = np.maximum.reduceat(reached, first)
        hits = np.flatnonzero(reached == best[owner])
        self.starts[row, end] = start[hits[np.searchsorted(hits, first)]]

    def _finished(self, first: Array, last: Array, low: Array, high: Array) -> Array:
        """Find the best starts for all ends, a block of them at a time; returns the gains."""
        row, number = _ragged(-(-(high - low + 1) // _BLOCK))
        base = low[row] + _BLOCK * number
        ends = np.minimum(base[:, None] + np.arange(_BLOCK), high[row, None])
        lowest = np.where(number == 0, first[row], self.starts[row, base - 1])
        after = base + _BLOCK - 1
        highest = np.where(after > high[row], last[row], self.starts[row, np.minimum(after, high[row])])
        lengths = np.minimum(highest, ends[:, -1] - 1) - lowest + 1
        places = np.cumsum(lengths) - lengths
        owner, number = _ragged(lengths)
        start, row_of_weights = lowest[owner] + number, row if len(self.weights) > 1 else np.zeros_like(row)
        share = np.repeat(self.weights[row_of_weights[:, None], ends], lengths, axis=0)
        share -= self.weights[row_of_weights[owner], start][:, None]
        inner = np.repeat(self.totals[row[:, None], ends], lengths, axis=0)
        inner -= self.totals[row[owner], start][:, None]
        with np.errstate(divide="ignore", invalid="ignore"):
            reached = self.before[row[owner], start][:, None] + inner * inner * (1 / share)
        reached[share <= 0] = -np.inf
        best = np.maximum.reduceat(reached, places, axis=0)
        found = np.where(reached == np.repeat(best, lengths, axis=0), start[:, None], self.totals.shape[1])
        self.starts[row[:, None], ends] = np.minimum.reduceat(found, places, axis=0)
        gains = np.full_like(self.totals, -np.inf)
        gains[row[:, None], ends] = best
        return gains


def _ragged(lengths: Array) -> tuple[Array, Array]:
    """For runs of so many elements one after another: the run of each element, and its number there."""
    owner = np.repeat(np.arange(len(lengths)), lengths)
    return owner, np.arange(len(owner)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
