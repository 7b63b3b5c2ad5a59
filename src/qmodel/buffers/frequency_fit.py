"""The cheapest tables for counted symbols: their own bits and those that coarse levels cost are weighed up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import frexp, inf, sqrt
from operator import attrgetter

import numpy as np

from qmodel.buffers.frequency_levels import MAX_SCALE, Prediction, Row
from qmodel.buffers.frequency_rows import (
    MAX_RICE_BITS,
    Predictor,
    RowContext,
    differences,
    expected_levels,
    rice_size,
    row_bits,
    rows_of,
    zigzag,
)
from qmodel.dtypes import Array
from qmodel.kernels.counted_bits import FRACTION_BITS, logarithms_of
from qmodel.kernels.dispatch import compiled
from qmodel.kernels.level_fit import COPY_SCALE, LARGEST_USEFUL_LEVEL, ROOT_COST, ROOT_OF_HALF

# A symbol takes Python about as long as kernels take for so many elements.
_SYMBOL_WORK = 1 << 8


@dataclass(frozen=True, slots=True)
class TableEffort:
    """How much is tried for each table.

    Attributes:
        units: levels are about the square roots of counts divided by one of these.
        tried: how many pairs of a prediction and a unit are tried, those that promise most.
    """

    units: tuple[float, ...]
    tried: int


QUICK, THOROUGH = TableEffort((1.7,), 2), TableEffort((1.1, 1.5, 2.0, 2.7), 16)


def fit_rows(
    counts: Array, lowest: int, low_bits: int, quantizers: int, /, *, effort: TableEffort = QUICK
) -> tuple[Row, ...]:
    """Tables for counts.

    Args:
        counts: int64 of shape (tables, symbols).
        lowest: see `FrequencyTables`.
        low_bits: see `FrequencyTables`.
        quantizers: tables of each class.
        effort: how much is tried.
    """
    if module := compiled("frequency_fit", counts.size * _SYMBOL_WORK):
        levels, kinds = np.zeros(counts.shape, np.int64), np.zeros((len(counts), 3), np.int64)
        known = (lowest, low_bits, quantizers)
        module.fit_rows(np.ascontiguousarray(counts), *known, np.array(effort.units), effort.tried, levels, kinds)
        return rows_of(levels, kinds)
    rows: list[Row] = []
    for of_row in counts:
        context = RowContext.of(rows, counts.shape[1], lowest, low_bits, quantizers)
        rows.append(_fit_row(of_row, context, effort))
    return tuple(rows)


def _fit_row(counts: Array, context: RowContext, effort: TableEffort) -> Row:
    if not counts.any():
        counts = np.zeros_like(counts)
        counts[context.support[0]] = 1
    return min(_candidates(counts, context, effort), key=lambda row: _cost(row, counts, context))


def _cost(row: Row, counts: Array, context: RowContext) -> int:
    """Bits of a row and of the symbols coded with it, in the unit of `logarithms_of`."""
    levels = np.array(row.levels, np.int64)
    symbol_bits = logarithms_of(np.square(levels).sum()) - 2 * logarithms_of(levels)
    return (row_bits(row, context) << FRACTION_BITS) + int(counts @ symbol_bits)


def _candidates(counts: Array, context: RowContext, effort: TableEffort) -> Iterator[Row]:
    roots, used = [sqrt(count) for count in counts.tolist()], np.flatnonzero(counts)
    support = range(int(used[0]), int(used[-1]) + 1)
    promising = sorted(_promises(roots, context, effort.units), key=attrgetter("bits"))
    for found in promising[: effort.tried]:
        predict = context.predictor(found.prediction, found.scale)
        for tried in range(max(found.rice_bits - 1, 0), found.rice_bits + 1):
            yield Row(_levels(roots, found.unit, predict, tried, support), found.prediction, tried, found.scale)
    for prediction in filter(context.allows, (Prediction.CLASS, Prediction.PARTNER)):
        scale = COPY_SCALE if prediction is Prediction.CLASS else 0
        copied = expected_levels(context, prediction, scale, support[0], support[-1])
        yield Row(tuple(copied), prediction, None, scale)


@dataclass(frozen=True, slots=True)
class _Promise:
    """About how many bits a prediction takes, and the losses by its unit; and what belongs to it."""

    bits: float
    prediction: Prediction
    unit: float
    rice_bits: int
    scale: int


def _promises(roots: list[float], context: RowContext, units: tuple[float, ...]) -> Iterator[_Promise]:
    squares = _sum_of_squares(roots)
    for unit in (max(unit, max(roots) / LARGEST_USEFUL_LEVEL) for unit in units):
        rounded = [max(round(root / unit), root > 0) for root in roots]
        lost = ROOT_COST * _sum_of_squares(root - level * unit for root, level in zip(roots, rounded, strict=True))
        for prediction in filter(context.allows, Prediction):
            scale = _scale_of(squares / (unit * unit)) if prediction is Prediction.CLASS else 0
            numbers = differences(rounded, context, prediction, scale)
            rice_bits = _best_rice_bits(numbers)
            yield _Promise(rice_size(numbers, rice_bits) + lost, prediction, unit, rice_bits, scale)


def _sum_of_squares(numbers: Iterable[float]) -> float:
    """One after another, as `sum` does not in all versions of Python."""
    total = 0.0
    for number in numbers:
        total += number * number
    return total


def _scale_of(squares: float) -> int:
    """The logarithm rounded to an integer, without what processors round unlike."""
    mantissa, exponent = frexp(squares)
    return min(MAX_SCALE, max(0, exponent if mantissa >= ROOT_OF_HALF else exponent - 1))


def _best_rice_bits(numbers: list[int]) -> int:
    """The fewest low bits of which one more would not save any."""
    for rice_bits in range(MAX_RICE_BITS):
        halves = [number >> 1 for number in numbers]
        if sum(numbers) - sum(halves) <= len(numbers):
            return rice_bits
        numbers = halves
    return MAX_RICE_BITS


def _levels(roots: list[float], unit: float, predict: Predictor, rice_bits: int, support: range) -> tuple[int, ...]:
    """Levels near roots / unit, each chosen for the fewest bits after those before."""
    levels = [0] * len(roots)
    for symbol in support:
        root, predicted = roots[symbol], predict(levels, symbol)
        nearest = round(root / unit)
        least = 1 if root or symbol == support[0] else 0
        towards = min(max(predicted, nearest - 2), nearest + 2)
        lowest_cost = inf
        for level in range(max(least, min(nearest, towards)), max(least, nearest, towards) + 1):
            missing = root - level * unit
            cost = (zigzag(level - predicted) >> rice_bits) + ROOT_COST * (missing * missing)
            if cost < lowest_cost:
                levels[symbol], lowest_cost = level, cost
    return tuple(levels)
