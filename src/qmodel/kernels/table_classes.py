"""Which cells of a context model share a table: as many classes as save more than their tables cost."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from qmodel.dtypes import Array
from qmodel.kernels.counted_bits import FRACTION_BITS, logarithms_of
from qmodel.kernels.dispatch import compiled

# Bits of a table and of what its coarse levels lose: some, and more for each symbol; measured on many networks.
TABLE_BITS, SYMBOL_BITS = 17.0, 2.6
# Temporary arrays of so many elements stay in a core's cache.
_PART_ELEMENTS = 1 << 14
# A count of a pair of cells takes NumPy as long as so many elements of large arrays.
_WORK_OF_A_COUNT = 8


def table_cost(counts: Array, weight: float, /) -> Array:
    """About how many bits it takes to code symbols with one table for each quantizer, the tables included.

    Args:
        counts: int64 of shape (..., quantizers, symbols).
        weight: elements that each counted one stands for.

    Returns:
        float64 of shape (...).
    """
    cost: Array = data_bits(counts, weight) + table_bits(counts)
    return cost


def table_bits(counts: Array, /) -> Array:
    """About the bits of the tables, and those that their coarse levels cost: float64, as of `table_cost`."""
    bits: Array = TABLE_BITS * counts.shape[-2] + SYMBOL_BITS * (counts > 0).sum(axis=(-2, -1))
    return bits


def data_bits(counts: Array, weight: float, /) -> Array:
    """The bits of symbols with the best tables: float64, as of `table_cost`."""
    totals = counts.sum(axis=-1)
    whole = (totals * logarithms_of(totals)).sum(axis=-1)
    bits: Array = (whole - (counts * logarithms_of(counts)).sum(axis=(-2, -1))) * (weight / (1 << FRACTION_BITS))
    return bits


def best_intervals(counts: Array, weight: float, most: int, /) -> tuple[float, list[int]]:
    """The cheapest classes of consecutive cells, found by dynamic programming.

    Args:
        counts: int64 of shape (cells, quantizers, symbols).
        weight: see `table_cost`.
        most: the largest number of classes.

    Returns:
        The cost in bits; and the first cell of each class, ascending from 0.
    """
    cells = len(counts)
    if module := compiled("table_classes", counts.size * cells * _WORK_OF_A_COUNT):
        cost, found = module.best_intervals(counts, weight, most)
        return cost, found.tolist()
    cumulated = np.concatenate([np.zeros_like(counts[:1]), np.cumsum(counts, axis=0)])
    costs = np.full((cells + 1, cells + 1), np.inf)
    for firsts, ends in _pairs(cells + 1, counts[0].size):
        costs[firsts, ends] = table_cost(cumulated[ends] - cumulated[firsts], weight)
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


def merged_cells(counts: Array, weight: float, most: int, /) -> tuple[float, Array]:
    """Cheap classes of any cells: the two whose union costs least more are merged, again and again.

    Args:
        counts: int64 of shape (cells, quantizers, symbols), not all 0.
        weight: see `table_cost`.
        most: the largest number of classes.

    Returns:
        The cost in bits; and the class of each cell, numbered by their first cells.
    """
    if module := compiled("table_classes", counts.size * len(counts) * _WORK_OF_A_COUNT):
        cost, classes = module.merged_cells(counts, weight, most)
        return cost, _numbered(classes)
    merging = _Merging(counts, weight)
    best = (np.inf, merging.class_of_cell)
    while True:
        if merging.classes <= most and merging.cost < best[0]:
            best = (merging.cost, merging.class_of_cell.copy())
        if merging.classes == 1:
            return best[0], _numbered(best[1])
        merging.merge_cheapest()


class _Merging:
    """Classes that become fewer."""

    def __init__(self, counts: Array, weight: float) -> None:
        used = np.flatnonzero(counts.any(axis=(1, 2)))
        self._counts, self._weight = counts[used], weight
        self._costs = table_cost(self._counts, weight)
        self.cost = sum(self._costs.tolist())
        self.classes, self._left = used.size, np.arange(used.size)
        # Cells without elements belong to the class of the cell before.
        self.class_of_cell: Array = np.maximum(np.searchsorted(used, np.arange(len(counts)), side="right") - 1, 0)
        self._rise = np.full((used.size, used.size), np.inf)
        for first, second in _pairs(used.size, self._counts[0].size):
            self._rise[first, second] = self._rise_of(first, second)

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
        together: Array = table_cost(self._counts[one] + self._counts[other], self._weight)
        together -= self._costs[one] + self._costs[other]
        return together


def _numbered(class_of_cell: Array) -> Array:
    """The class of each cell, classes numbered in the order of their first cells."""
    _, first, numbers = np.unique(class_of_cell, return_index=True, return_inverse=True)
    order: Array = np.argsort(np.argsort(first))
    return order[numbers]


def _pairs(count: int, size: int) -> Iterator[tuple[Array, Array]]:
    """All pairs of ascending numbers below a count, in parts; `size` is that of the arrays that belong to a number."""
    first, second = np.triu_indices(count, 1)
    part = max(_PART_ELEMENTS // size, 1)
    for start in range(0, first.size, part):
        yield first[start : start + part], second[start : start + part]
