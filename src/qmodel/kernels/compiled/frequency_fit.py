"""Compiled twin of `qmodel.buffers.frequency_fit.fit_rows`."""

from __future__ import annotations

from math import frexp
from typing import NamedTuple

import numpy as np

from qmodel.dtypes import Array
from qmodel.kernels.compiled.counted_bits import logarithm_of
from qmodel.kernels.compiled.frequency_rows import (
    CLASS,
    MAX_LEVEL,
    MIRROR,
    NO_DIFFERENCES,
    PARTNER,
    expect_from_class,
    expect_from_partner,
    predicted,
    support,
)
from qmodel.kernels.compiled.jit import jit
from qmodel.kernels.counted_bits import FRACTION_BITS, table
from qmodel.kernels.level_fit import COPY_SCALE, LARGEST_USEFUL_LEVEL, ROOT_COST, ROOT_OF_HALF

_PREDICTIONS = 4
_MAX_SCALE, _MAX_RICE_BITS = 31, 6


class _Context(NamedTuple):
    """What is known when a row is written.

    Attributes:
        allowed: whether each prediction is.
        class_before: levels of the same quantizer in the class before.
        partner: levels of quantizer 0 in the same class.
        low_bits: how many low bits of each value are not in its symbol.
        mirror: the sum of two symbols whose values are of opposite sign.
        first: the first symbol that is expected to have a level.
        last: the last.
    """

    allowed: tuple[bool, bool, bool, bool]
    class_before: Array
    partner: Array
    low_bits: int
    mirror: int
    first: int
    last: int


def fit_rows(
    counts: Array, lowest: int, low_bits: int, quantizers: int, units: Array, tried: int, levels: Array, kinds: Array
) -> None:
    """As `qmodel.buffers.frequency_fit.fit_rows`.

    Args:
        counts: int64 of shape (tables, symbols).
        lowest: see `FrequencyTables`.
        low_bits: see `FrequencyTables`.
        quantizers: tables of each class.
        units: see `TableEffort`; float64.
        tried: see `TableEffort`.
        levels: filled with the levels, int64 of the shape of counts.
        kinds: filled with prediction, Rice parameter, 7 for none, and scale; int64 of shape (tables, 3).
    """
    _fit_rows(counts, lowest, low_bits, quantizers, units, tried, table(), levels, kinds)


@jit
def _fit_rows(
    counts: Array,
    lowest: int,
    low_bits: int,
    quantizers: int,
    units: Array,
    tried: int,
    logarithms: Array,
    levels: Array,
    kinds: Array,
) -> None:
    for row in range(len(counts)):
        second, later = quantizers == 2 and row % 2 == 1, row >= quantizers
        class_before, partner = levels[max(row - quantizers, 0)], levels[max(row - 1, 0)]
        first, last = support(partner if second else class_before)
        mirror = -2 * lowest - (1 if second or low_bits else 0)
        context = _Context((True, True, later, second), class_before, partner, low_bits, mirror, first, last)
        _fit_row(counts[row], context, units, tried, logarithms, levels[row], kinds[row])


@jit
def _fit_row(
    counts: Array, context: _Context, units: Array, tried: int, logarithms: Array, levels: Array, kind: Array
) -> None:
    if not counts.any():
        counts = np.zeros_like(counts)
        counts[context.first] = 1
    roots, (first, last) = np.sqrt(counts.astype(np.float64)), support(counts)
    least, found, expected = -1, np.zeros_like(levels), np.zeros_like(levels)
    bits, promises = _promises(roots, first, last, context, units)
    for _ in range(min(tried, bits.size)):
        best = int(np.argmin(bits))
        bits[best] = np.inf
        prediction, unit = best % _PREDICTIONS, _unit(roots, units[best // _PREDICTIONS])
        _expect(context, prediction, promises[best, 1], expected)
        for rice_bits in range(max(promises[best, 0] - 1, 0), promises[best, 0] + 1):
            _choose_levels(roots, unit, prediction, expected, context.mirror, rice_bits, first, last, found)
            cost = _cost(found, counts, context, prediction, expected, rice_bits, logarithms)
            if least < 0 or cost < least:
                least, levels[:] = cost, found
                kind[0], kind[1], kind[2] = prediction, rice_bits, promises[best, 1]
    for copied in range(CLASS, PARTNER + 1):
        if context.allowed[copied]:
            scale = COPY_SCALE if copied == CLASS else 0
            _expect(context, copied, scale, expected)
            found[:] = 0
            found[first : last + 1] = np.minimum(np.maximum(expected[first : last + 1], 1), MAX_LEVEL)
            cost = _cost(found, counts, context, copied, expected, NO_DIFFERENCES, logarithms)
            if cost < least:
                least, levels[:] = cost, found
                kind[0], kind[1], kind[2] = copied, NO_DIFFERENCES, scale


@jit
def _promises(roots: Array, first: int, last: int, context: _Context, units: Array) -> tuple[Array, Array]:
    """Bits of each unit and prediction, infinite where that is not allowed; their Rice parameters and scales."""
    bits = np.full(units.size * _PREDICTIONS, np.inf)
    promises = np.zeros((bits.size, 2), np.int64)
    rounded, expected, numbers = np.zeros(roots.size, np.int64), np.zeros(roots.size, np.int64), np.zeros_like(roots)
    squares = _sum_of_squares(roots)
    for number in range(bits.size):
        unit, prediction = _unit(roots, units[number // _PREDICTIONS]), number % _PREDICTIONS
        if not context.allowed[prediction]:
            continue
        for symbol in range(roots.size):
            rounded[symbol] = max(int(np.rint(roots[symbol] / unit)), 1 if roots[symbol] > 0 else 0)
            numbers[symbol] = roots[symbol] - rounded[symbol] * unit
        scale = _scale_of(squares / (unit * unit)) if prediction == CLASS else 0
        _expect(context, prediction, scale, expected)
        differences = _differences(rounded, prediction, expected, context.mirror, first, last)
        rice_bits = _best_rice_bits(differences)
        bits[number] = _rice_size(differences, rice_bits) + ROOT_COST * _sum_of_squares(numbers)
        promises[number, 0], promises[number, 1] = rice_bits, scale
    return bits, promises


@jit
def _unit(roots: Array, unit: float) -> float:
    finest: float = roots.max() / LARGEST_USEFUL_LEVEL
    return max(unit, finest)


@jit
def _sum_of_squares(numbers: Array) -> float:
    total = 0.0
    for number in numbers:
        total += number * number
    return total


@jit
def _scale_of(squares: float) -> int:
    mantissa, exponent = frexp(squares)
    return min(_MAX_SCALE, max(0, exponent if mantissa >= ROOT_OF_HALF else exponent - 1))


@jit
def _expect(context: _Context, prediction: int, scale: int, expected: Array) -> None:
    """Sets the levels that another row lets expect, if that is the prediction."""
    if prediction == CLASS:
        expect_from_class(context.class_before, scale, expected)
    elif prediction == PARTNER:
        expect_from_partner(context.partner, context.low_bits, expected)


@jit
def _differences(levels: Array, prediction: int, expected: Array, mirror: int, first: int, last: int) -> Array:
    """Levels minus predicted levels, made unsigned, from a first symbol to a last."""
    numbers = np.empty(last + 1 - first, np.int64)
    mirror = mirror if prediction == MIRROR else -1
    for symbol in range(first, last + 1):
        difference = levels[symbol] - predicted(levels, symbol, prediction >= CLASS, expected, mirror)
        numbers[symbol - first] = 2 * difference - 1 if difference > 0 else -2 * difference
    return numbers


@jit
def _best_rice_bits(numbers: Array) -> int:
    for rice_bits in range(_MAX_RICE_BITS):
        if ((numbers >> rice_bits) - (numbers >> (rice_bits + 1))).sum() <= numbers.size:
            return rice_bits
    return _MAX_RICE_BITS


@jit
def _rice_size(numbers: Array, rice_bits: int) -> int:
    size: int = (numbers >> rice_bits).sum() + (rice_bits + 1) * numbers.size
    return size


@jit
def _choose_levels(
    roots: Array,
    unit: float,
    prediction: int,
    expected: Array,
    mirror: int,
    rice_bits: int,
    first: int,
    last: int,
    levels: Array,
) -> None:
    """Sets levels near roots / unit, each chosen for the fewest bits after those before."""
    levels[:] = 0
    mirror = mirror if prediction == MIRROR else -1
    for symbol in range(first, last + 1):
        root, before = roots[symbol], predicted(levels, symbol, prediction >= CLASS, expected, mirror)
        nearest = int(np.rint(root / unit))
        least = 1 if root or symbol == first else 0
        towards = min(max(before, nearest - 2), nearest + 2)
        lowest_cost = np.inf
        for level in range(max(least, min(nearest, towards)), max(least, nearest, towards) + 1):
            difference, missing = level - before, root - level * unit
            number = 2 * difference - 1 if difference > 0 else -2 * difference
            cost = (number >> rice_bits) + ROOT_COST * (missing * missing)
            if cost < lowest_cost:
                levels[symbol], lowest_cost = level, cost


@jit
def _cost(
    levels: Array,
    counts: Array,
    context: _Context,
    prediction: int,
    expected: Array,
    rice_bits: int,
    logarithms: Array,
) -> int:
    """Bits of a row and of the symbols coded with it."""
    whole = logarithm_of((levels * levels).sum(), logarithms)
    bits = _row_bits(levels, context, prediction, expected, rice_bits) << FRACTION_BITS
    for symbol in range(counts.size):
        if counts[symbol]:
            bits += counts[symbol] * (whole - 2 * logarithms[levels[symbol]])
    return bits


@jit
def _row_bits(levels: Array, context: _Context, prediction: int, expected: Array, rice_bits: int) -> int:
    """As `frequency_rows.row_bits`."""
    first, last = support(levels)
    bits = 5 + (5 if prediction == CLASS else 0)
    for difference in (first - context.first, context.last - last):
        excess = (2 * difference - 1 if difference > 0 else -2 * difference) + 1
        while excess > 1:
            bits, excess = bits + 2, excess >> 1
        bits += 1
    if rice_bits != NO_DIFFERENCES:
        bits += _rice_size(_differences(levels, prediction, expected, context.mirror, first, last), rice_bits)
    return bits
