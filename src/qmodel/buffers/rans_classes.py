"""Which cells of a context model share a table: as many classes as save more than their tables cost."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from qmodel.dtypes import Array

# Bits of a table and of what its coarse levels lose: some, and more for each symbol; measured on many networks.
_TABLE_BITS, _SYMBOL_BITS = 17.0, 2.6
# Temporary arrays of so many elements stay in a core's cache.
_PART_ELEMENTS = 1 << 14


def table_cost(counts: Array, /) -> Array:
    """About how many bits it takes to code symbols with one table for each quantizer, the tables included.

    Args:
        counts: of shape (..., quantizers, symbols).

    Returns:
        float64 of shape (...).
    """
    cost: Array = (data_cost(counts) + table_bits(counts)).sum(axis=-1)
    return cost


def table_bits(counts: Array, /) -> Array:
    """About the bits of a table, and those that its coarse levels cost: float64, as of `data_cost`."""
    bits: Array = _TABLE_BITS + _SYMBOL_BITS * (counts > 0).sum(axis=-1)
    return bits


def data_cost(counts: Array, /) -> Array:
    """The bits of symbols with the best table: float64 of shape (...) for counts of shape (..., symbols)."""
    cost: Array = _times_logarithm(counts.sum(axis=-1)) - _times_logarithm(counts).sum(axis=-1)
    return cost


def best_intervals(counts: Array, most: int, /) -> tuple[float, list[int]]:
    """The cheapest classes of consecutive cells, found by dynamic programming.

    Args:
        counts: of shape (cells, quantizers, symbols).
        most: the largest number of classes.

    Returns:
        The cost in bits; and the first cell of each class, ascending from 0.
    """
    cells = len(counts)
    cumulated = np.concatenate([np.zeros_like(counts[:1]), np.cumsum(counts, axis=0)])
    costs = np.full((cells + 1, cells + 1), np.inf)
    for firsts, ends in _pairs(cells + 1, counts[0].size):
        costs[firsts, ends] = table_cost(cumulated[ends] - cumulated[firsts])
    best = np.full(cells + 1, np.inf)
    best[0] = 0.0
    totals, choices = [], []
    for _ in range(min(most, cells)):
        paths = best[:, None] + costs
        choices.append(paths.argmin(axis=0))
        best = paths.min(axis=0)
        totals.append(best[cells])
    classes = int(np.argmin(totals)) + 1
    starts, end = [], cells
    for choice in reversed(choices[:classes]):
        end = int(choice[end])
        starts.append(end)
    return float(totals[classes - 1]), starts[::-1]


def merged_cells(counts: Array, most: int, /) -> tuple[float, Array]:
    """Cheap classes of any cells: the two whose union costs least more are merged, again and again.

    Args:
        counts: of shape (cells, quantizers, symbols).
        most: the largest number of classes.

    Returns:
        The cost in bits; and the class of each cell, numbered by their first cells.
    """
    merging = _Merging(counts)
    best = (np.inf, merging.numbered())
    while True:
        if merging.classes <= most and merging.cost < best[0]:
            best = (merging.cost, merging.numbered())
        if merging.classes == 1:
            return best
        merging.merge_cheapest()


class _Merging:
    """Classes that become fewer."""

    def __init__(self, counts: Array) -> None:
        used = np.flatnonzero(counts.any(axis=(1, 2)))
        self._counts = counts[used].astype(np.float64)
        self._costs = table_cost(self._counts)
        self.cost = float(self._costs.sum())
        self.classes, self._left = used.size, np.arange(used.size)
        # Cells without elements belong to the class of the cell before.
        self.class_of_cell: Array = np.maximum(np.searchsorted(used, np.arange(len(counts)), side="right") - 1, 0)
        self._rise = np.full((used.size, used.size), np.inf)
        for first, second in _pairs(used.size, self._counts[0].size):
            self._rise[first, second] = self._rise_of(first, second)

    def numbered(self) -> Array:
        """The class of each cell, classes numbered in the order of their first cells."""
        _, first, class_of_cell = np.unique(self.class_of_cell, return_index=True, return_inverse=True)
        order: Array = np.argsort(np.argsort(first))
        return order[class_of_cell]

    def merge_cheapest(self) -> None:
        """Merge the two classes whose union costs least more."""
        first, second = map(int, np.unravel_index(self._rise.argmin(), self._rise.shape))
        self.cost += float(self._rise[first, second])
        self.classes -= 1
        self.class_of_cell[self.class_of_cell == second] = first
        self._counts[first] += self._counts[second]
        self._costs[first] += self._costs[second] + self._rise[first, second]
        self._rise[second], self._rise[:, second] = np.inf, np.inf
        self._left = others = self._left[self._left != second]
        rises = self._rise_of(first, others)
        below = others < first
        self._rise[others[below], first] = rises[below]
        above = others > first
        self._rise[first, others[above]] = rises[above]

    def _rise_of(self, one: Array | int, other: Array) -> Array:
        together: Array = table_cost(self._counts[one] + self._counts[other])
        together -= self._costs[one] + self._costs[other]
        return together


def _pairs(count: int, size: int) -> Iterator[tuple[Array, Array]]:
    """All pairs of ascending numbers below a count, in parts; `size` is that of the arrays that belong to a number."""
    first, second = np.triu_indices(count, 1)
    part = max(_PART_ELEMENTS // size, 1)
    for start in range(0, first.size, part):
        yield first[start : start + part], second[start : start + part]


def _times_logarithm(numbers: Array) -> Array:
    product: Array = numbers * np.log2(np.maximum(numbers, 1))
    return product
