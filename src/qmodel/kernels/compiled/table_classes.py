"""Compiled twin of `qmodel.kernels.table_classes`."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.kernels.compiled.counted_bits import logarithm_of
from qmodel.kernels.compiled.jit import jit
from qmodel.kernels.counted_bits import FRACTION_BITS, table
from qmodel.kernels.table_classes import SYMBOL_BITS, TABLE_BITS


def best_intervals(counts: Array, weight: float, most: int, /) -> tuple[float, Array]:
    """As `qmodel.kernels.table_classes.best_intervals`."""
    found: tuple[float, Array] = _best_intervals(counts, float(weight), most, table())
    return found


def merged_cells(counts: Array, weight: float, most: int, /) -> tuple[float, Array]:
    """As `qmodel.kernels.table_classes.merged_cells`, each class numbered by its first cell that has elements."""
    found: tuple[float, Array] = _merged_cells(counts, float(weight), most, table())
    return found


@jit
def _cost_of_both(one: Array, other: Array, weight: float, logarithms: Array) -> float:
    """As `table_cost`, of the symbols of two cells."""
    bits = present = 0
    for quantizer in range(len(one)):
        total = 0
        for symbol in range(one.shape[1]):
            total += one[quantizer, symbol] + other[quantizer, symbol]
        bits += total * logarithm_of(total, logarithms)
        if total < logarithms.size:  # without branches, which would take longer than what they save
            for symbol in range(one.shape[1]):
                count = one[quantizer, symbol] + other[quantizer, symbol]
                present += count > 0
                bits -= count * logarithms[count]
        else:
            for symbol in range(one.shape[1]):
                count = one[quantizer, symbol] + other[quantizer, symbol]
                present += count > 0
                bits -= count * logarithm_of(count, logarithms)
    return bits * (weight / (1 << FRACTION_BITS)) + (TABLE_BITS * len(one) + SYMBOL_BITS * present)


@jit
def _interval_costs(counts: Array, weight: float, logarithms: Array) -> Array:
    """The cost of the cells from each first one to before each end."""
    cells = len(counts)
    costs = np.full((cells + 1, cells + 1), np.inf)
    for first in range(cells):
        together = np.zeros_like(counts[0])
        for end in range(first + 1, cells + 1):
            costs[first, end] = _cost_of_both(together, counts[end - 1], weight, logarithms)
            together += counts[end - 1]
    return costs


@jit
def _best_intervals(counts: Array, weight: float, most: int, logarithms: Array) -> tuple[float, Array]:
    cells = len(counts)
    costs, most = _interval_costs(counts, weight, logarithms), min(most, cells)
    best, choices = np.full((most + 1, cells + 1), np.inf), np.zeros((most, cells + 1), np.int64)
    best[0, 0] = 0.0
    for number in range(most):
        for end in range(cells + 1):
            for first in range(end):
                cost = best[number, first] + costs[first, end]
                if cost < best[number + 1, end]:
                    best[number + 1, end], choices[number, end] = cost, first
    classes, end = np.argmin(best[1:, cells]) + 1, cells
    starts = np.empty(classes, np.int64)
    for number in range(classes - 1, -1, -1):
        end = choices[number, end]
        starts[number] = end
    return best[classes, cells], starts


@jit
def _merged_cells(counts: Array, weight: float, most: int, logarithms: Array) -> tuple[float, Array]:
    counts, class_of_cell = _used_cells(counts)
    classes = len(counts)
    nothing, cost = np.zeros_like(counts[0]), 0.0
    costs, rises = np.empty(classes), np.full((classes, classes), np.inf)
    for one in range(classes):
        costs[one] = _cost_of_both(counts[one], nothing, weight, logarithms)
        cost += costs[one]
        for other in range(one):
            both = _cost_of_both(counts[other], counts[one], weight, logarithms)
            rises[other, one] = both - (costs[other] + costs[one])
    best, best_classes, is_left = np.inf, class_of_cell.copy(), np.ones(classes, np.bool_)
    while True:
        if classes <= most and cost < best:
            best, best_classes[:] = cost, class_of_cell
        if classes == 1:
            return best, best_classes
        cheapest = int(np.argmin(rises))
        first, second = cheapest // len(rises), cheapest % len(rises)
        rise = rises[first, second]
        cost += rise
        classes -= 1
        class_of_cell[class_of_cell == second] = first
        counts[first] += counts[second]
        costs[first] += costs[second] + rise
        is_left[second], rises[second], rises[:, second] = False, np.inf, np.inf
        for other in range(len(rises)):
            if is_left[other] and other != first:
                both = _cost_of_both(counts[first], counts[other], weight, logarithms)
                rises[min(first, other), max(first, other)] = both - (costs[first] + costs[other])


@jit
def _used_cells(counts: Array) -> tuple[Array, Array]:
    """The counts of cells that have elements; and for each cell the number of its own, or of the one before."""
    used, number_of_cell = np.empty_like(counts), np.empty(len(counts), np.int64)
    count = 0
    for cell in range(len(counts)):
        if counts[cell].any():
            used[count] = counts[cell]
            count += 1
        number_of_cell[cell] = max(count - 1, 0)
    return used[:count], number_of_cell
