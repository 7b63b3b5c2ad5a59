"""Compiled twin of `qmodel.kernels.element_coder` and `qmodel.kernels.adaptive_odds`."""

from __future__ import annotations

from functools import cache

import numpy as np

from qmodel.dtypes import Array
from qmodel.kernels.adaptive_odds import (
    COUNT_LIMIT,
    FACTOR_LIMIT,
    FACTOR_ONE,
    FACTOR_RATE,
    FIRST_COUNT,
    KNOT_BITS,
    KNOTS,
    first_knots,
)
from qmodel.kernels.binary_logarithms import BIT, LOGIT_LIMIT, LOGIT_SHIFT, ONE, POWER_LIMIT, tables
from qmodel.kernels.compiled.jit import inlined, jit
from qmodel.kernels.compiled.range_coder import code_bit, code_plain
from qmodel.kernels.element_coder import (
    COARSE_BITS,
    CONSTANT,
    FIRST_STEP,
    LEVEL,
    MAX_ESCAPE_BITS,
    MAX_EXPONENT,
    MAX_UNARY,
    NODES,
    SIGN,
    SLOPE,
    SLOPE_BITS,
    ZERO,
)
from qmodel.kernels.range_coder import EVEN

# Odds are int64 of shape (2 * NODES, 3 + 2 * KNOTS): in a row factor, summand and count, then each knot and its count.
FACTOR, SUMMAND, COUNT, FIRST_KNOT = range(4)
# Where tables begin in the one array of all of them.
PROBABILITY = 0
SOFTPLUS = PROBABILITY + 2 * LOGIT_LIMIT
POWER = SOFTPLUS + LOGIT_LIMIT
LOGIT = POWER + POWER_LIMIT
RATE = LOGIT + (ONE >> LOGIT_SHIFT)
# An element no payload holds.
TOO_LONG = 1 << 40


def first_odds() -> Array:
    """The odds before the first element."""
    odds = np.zeros((2 * NODES, FIRST_KNOT + 2 * KNOTS), np.int64)
    odds[:, FACTOR] = FACTOR_ONE
    odds[:, FIRST_KNOT::2] = first_knots()
    return odds


@cache
def all_tables() -> Array:
    """Tables of logarithms, then the rates of learning by count: int32, one after another, read-only."""
    known = tables()
    rates = ONE // (np.arange(COUNT_LIMIT + 1) + FIRST_COUNT)
    together = np.concatenate([known.probability, known.softplus, known.power, known.logit, rates], dtype=np.int32)
    together.flags.writeable = False
    return together


@jit
def code_element(
    odds: Array, known: Array, coder: Array, data: Array, element: int, mean: int, scale: int, odd: int, bounds: Array
) -> int:
    """As `ElementCoder.code`, but for the check.

    Args:
        odds: as `first_odds` makes them.
        known: tables.
        coder: registers of the coder.
        data: its bytes.
        element: to be coded.
        mean: expected level.
        scale: expected distance from it.
        odd: the quantizer.
        bounds: lowest, highest, and whether the alphabet is that of a trellis.
    """
    bits = 0
    while scale >> COARSE_BITS + bits:
        bits += 1
    if bits:
        mean = mean - ((1 << bits) - 1 + odd) * LEVEL >> bits
        scale >>= bits
        odd = 0
    slope = (SLOPE << SLOPE_BITS) // scale
    lowest, highest = bounds[0] >> bits, bounds[1] >> bits
    coded = _code_rounded(odds, known, coder, data, element >> bits, mean, slope, odd, lowest, highest, bounds[2])
    return coded << bits | code_plain(coder, data, element, bits)


@jit
def _code_rounded(
    odds: Array,
    known: Array,
    coder: Array,
    data: Array,
    element: int,
    mean: int,
    slope: int,
    odd: int,
    lowest: int,
    highest: int,
    is_trellis: int,
) -> int:
    middle = 0 if odd else LEVEL
    positive, negative = tail(known, middle - mean, slope), tail(known, middle + mean, slope)
    if not odd:
        logit = logit_of(known, power(known, positive) + power(known, negative))
        if not _decide(odds, known, coder, data, ZERO, 1 if element != 0 else 0, logit, CONSTANT):
            return 0
    if lowest >= 0:
        is_negative = 0
    elif highest < 1 - odd:
        is_negative = 1
    else:
        logit = min(max(positive - negative, -LOGIT_LIMIT), LOGIT_LIMIT - 1)
        is_negative = _decide(odds, known, coder, data, NODES * odd + SIGN, 1 if element < 0 else 0, logit, 0)
    if is_negative:
        mean, inner, steps, most = -mean, negative, -element - 1, -lowest - 1
    else:
        inner, steps, most = positive, element - 1 + odd, highest - 1 + odd
    group = NODES * (odd if is_trellis else is_negative)
    passed = 0
    while passed < most:
        if passed == MAX_UNARY:
            passed += _code_escape(coder, data, steps - passed)
            break
        outer = tail(known, (2 * passed + 3 - odd) * LEVEL - mean, slope)
        logit = logit_of(known, power(known, outer - inner))
        node = group + min(FIRST_STEP + passed, NODES - 1)
        if not _decide(odds, known, coder, data, node, 1 if steps > passed else 0, logit, CONSTANT):
            break
        passed += 1
        inner = outer
    return -passed - 1 if is_negative else passed + 1 - odd


@jit
def _code_escape(coder: Array, data: Array, number: int) -> int:
    length = 1
    while code_bit(coder, data, 1 if number + 1 >> length > 0 else 0, EVEN):
        length += 1
        if length > MAX_ESCAPE_BITS:
            return TOO_LONG
    return (1 << length - 1 | code_plain(coder, data, number + 1, length - 1)) - 1


@inlined
def _decide(
    odds: Array, known: Array, coder: Array, data: Array, node: int, bit: int, logit: int, constant: int
) -> int:
    """As `AdaptiveOdds.code`."""
    factor, summand, count = odds[node, FACTOR], odds[node, SUMMAND], odds[node, COUNT]
    adapted = logit * factor + constant * summand >> 16
    adapted = min(max(adapted, -LOGIT_LIMIT), LOGIT_LIMIT - 1) + LOGIT_LIMIT
    expected = int(known[PROBABILITY + adapted])
    beyond = adapted % BIT
    knot = FIRST_KNOT + 2 * (adapted // BIT)
    mapped = odds[node, knot] * (BIT - beyond) + odds[node, knot + 2] * beyond >> 10 + KNOT_BITS
    coded = code_bit(coder, data, bit, max(expected + mapped >> 1, 1))
    error = coded * ONE - expected
    rate = FACTOR_RATE * int(known[RATE + count])
    factor += (error * logit >> 10) * rate + (1 << 19) >> 20
    summand += (error * constant >> 10) * rate + (1 << 19) >> 20
    odds[node, FACTOR] = min(max(factor, -FACTOR_LIMIT), FACTOR_LIMIT)
    odds[node, SUMMAND] = min(max(summand, -FACTOR_LIMIT), FACTOR_LIMIT)
    odds[node, COUNT] = min(count + 1, COUNT_LIMIT)
    if 2 * beyond >= BIT:
        knot += 2
    target = coded * ((ONE << KNOT_BITS) - 1)
    count = odds[node, knot + 1]
    odds[node, knot] += (target - odds[node, knot]) * int(known[RATE + count]) >> 16
    odds[node, knot + 1] = min(count + 1, COUNT_LIMIT)
    return coded


@jit
def tail(known: Array, distance: int, slope: int) -> int:
    """As `Tail.bits`."""
    exponent = min(max(distance * slope >> SLOPE_BITS, -MAX_EXPONENT), MAX_EXPONENT)
    size = abs(exponent)
    rest = int(known[SOFTPLUS + size]) if size < LOGIT_LIMIT else 0
    return max(exponent, 0) + rest


@jit
def power(known: Array, bits: int) -> int:
    """As `element_coder.power`."""
    return int(known[POWER + max(bits, 1)]) if bits < POWER_LIMIT else 0


@jit
def logit_of(known: Array, probability: int) -> int:
    """As `element_coder.logit_of`."""
    return int(known[LOGIT + (min(max(probability, 1), ONE - 1) >> LOGIT_SHIFT)])
