"""The cheapest tables for counted symbols: their own bits and those that coarse levels cost are weighed up."""

from __future__ import annotations

from collections.abc import Iterator
from math import log, log2, sqrt

import numpy as np

from qmodel.buffers.bit_stream import BitWriter
from qmodel.buffers.frequency_levels import MAX_SCALE, Prediction, Row
from qmodel.buffers.frequency_rows import (
    MAX_RICE_BITS,
    Predictor,
    RowContext,
    differences,
    expected_levels,
    write_row,
    zigzag,
)
from qmodel.dtypes import Array

# Levels are about the square roots of counts divided by one of these units.
QUICK_UNITS, THOROUGH_UNITS = (1.7,), (1.1, 1.5, 2.0, 2.7)
# A square root of a count that is off by d costs 2 d² nats: the relative entropy to second order.
_ROOT_COST = 2 / log(2)
# Levels beyond are finer than the frequencies they stand for.
_LARGEST_USEFUL_LEVEL = 160
_COPY_SCALE = 15


def fit_rows(
    counts: Array, lowest: int, low_bits: int, quantizers: int, /, *, units: tuple[float, ...] = QUICK_UNITS
) -> tuple[Row, ...]:
    """Tables for counts.

    Args:
        counts: int64 of shape (tables, symbols).
        lowest: see `FrequencyTables`.
        low_bits: see `FrequencyTables`.
        quantizers: tables of each class.
        units: the more, the more ways are tried.
    """
    rows: list[Row] = []
    for of_row in counts:
        context = RowContext.of(rows, counts.shape[1], lowest, low_bits, quantizers)
        rows.append(_fit_row(of_row, context, units))
    return tuple(rows)


def _fit_row(counts: Array, context: RowContext, units: tuple[float, ...]) -> Row:
    if not counts.any():
        counts = np.zeros_like(counts)
        counts[context.support[0]] = 1
    return min(_candidates(counts, context, units), key=lambda row: _cost(row, counts, context))


def _cost(row: Row, counts: Array, context: RowContext) -> float:
    """Bits of a row and of the symbols coded with it."""
    bits = BitWriter()
    write_row(row, context, bits)
    levels, used = np.array(row.levels, np.float64), counts > 0
    symbol_bits = log2(np.square(levels).sum()) - 2 * np.log2(levels[used])
    return bits.count + float(counts[used] @ symbol_bits)


def _candidates(counts: Array, context: RowContext, units: tuple[float, ...]) -> Iterator[Row]:
    roots, used = [sqrt(count) for count in counts.tolist()], np.flatnonzero(counts)
    support = range(int(used[0]), int(used[-1]) + 1)
    for prediction in filter(context.allows, Prediction):
        of_class = prediction is Prediction.CLASS
        for unit in (max(unit, max(roots) / _LARGEST_USEFUL_LEVEL) for unit in units):
            squares = float(counts.sum()) / unit**2
            scale = min(MAX_SCALE, max(0, round(log2(squares)))) if of_class else 0
            rounded = [max(round(root / unit), root > 0) for root in roots]
            rice_bits = _best_rice_bits(differences(rounded, context, prediction, scale))
            predict = context.predictor(prediction, scale)
            for tried in {rice_bits, max(rice_bits - 1, 0)}:
                yield Row(_levels(roots, unit, predict, tried, support), prediction, tried, scale)
        if of_class or prediction is Prediction.PARTNER:
            scale = _COPY_SCALE if of_class else 0
            copied = expected_levels(context, prediction, scale, support[0], support[-1])
            yield Row(tuple(copied), prediction, None, scale)


def _best_rice_bits(numbers: list[int]) -> int:
    costs = [sum(number >> low for number in numbers) + low * len(numbers) for low in range(MAX_RICE_BITS + 1)]
    return costs.index(min(costs))


def _levels(roots: list[float], unit: float, predict: Predictor, rice_bits: int, support: range) -> tuple[int, ...]:
    """Levels near roots / unit, each chosen for the fewest bits after those before."""
    levels = [0] * len(roots)
    for symbol in support:
        root, predicted = roots[symbol], predict(levels, symbol)
        nearest = round(root / unit)
        least = 1 if root or symbol == support[0] else 0
        towards = min(max(predicted, nearest - 2), nearest + 2)
        choices = range(max(least, min(nearest, towards)), max(least, nearest, towards) + 1)
        levels[symbol] = min(
            choices,
            key=lambda level: (zigzag(level - predicted) >> rice_bits) + _ROOT_COST * (root - level * unit) ** 2,
        )
    return tuple(levels)
