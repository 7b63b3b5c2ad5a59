"""Compiled twin of `qmodel.kernels.arithmetic_rates`."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from qmodel.dtypes import Array
from qmodel.kernels.adaptive_odds import KNOT_BITS
from qmodel.kernels.arithmetic import Observation
from qmodel.kernels.arithmetic_rates import bits_of_chances
from qmodel.kernels.binary_logarithms import BIT, LOGIT_LIMIT, ONE
from qmodel.kernels.compiled.element_coder import PROBABILITY, all_tables, logit_of, power, tail
from qmodel.kernels.compiled.jit import jit
from qmodel.kernels.element_coder import (
    COARSE_BITS,
    CONSTANT,
    FIRST_STEP,
    LEVEL,
    MAX_UNARY,
    NODES,
    SIGN,
    SLOPE,
    SLOPE_BITS,
    ZERO,
)


class _Odds(NamedTuple):
    """What is known of all decisions.

    Attributes:
        lines: as in `Observation`.
        knots: as in `Observation`.
        known: tables of logarithms.
        chances: bits of probabilities.
    """

    lines: Array
    knots: Array
    known: Array
    chances: Array


def element_bits(observed: Observation, expected: Array, lowest: int, out: Array, /) -> None:
    """As `qmodel.kernels.arithmetic_rates.element_bits`, into an array of the bits."""
    lines, knots = np.ascontiguousarray(observed.lines), np.ascontiguousarray(observed.knots)
    _element_bits(_Odds(lines, knots, all_tables(), bits_of_chances()), expected, lowest, out)


@jit
def _element_bits(odds: _Odds, expected: Array, lowest: int, out: Array) -> None:
    highest = lowest + out.shape[2] - 1
    positive, negative = np.empty(max(highest + 1, 0)), np.empty(max(-lowest, 0))
    for each in range(len(expected)):
        plain = 0
        while expected[each, 1] >> COARSE_BITS + plain:
            plain += 1
        for quantizer in range(2):
            mean, scale, odd = expected[each, 0], expected[each, 1] >> plain, quantizer
            if plain:
                mean, odd = mean - ((1 << plain) - 1 + quantizer) * LEVEL >> plain, 0
            slope = (SLOPE << SLOPE_BITS) // scale
            # As many magnitudes as the rounded elements have.
            above, below = positive[: max((highest >> plain) + odd, 0)], negative[: max(-(lowest >> plain), 0)]
            zero = _magnitude_bits(odds, mean, slope, odd, above, below)
            for place in range(out.shape[2]):
                element = lowest + place >> plain
                if element < 0:
                    bits = below[-element - 1]
                elif element >= 1 - odd:
                    bits = above[element - 1 + odd]
                else:
                    bits = zero
                out[each, quantizer, place] = plain + bits


@jit
def _magnitude_bits(odds: _Odds, mean: int, slope: int, odd: int, positive: Array, negative: Array) -> float:
    """Sets the bits of elements on both sides, from the middle on; those of 0."""
    known, chances = odds.known, odds.chances
    middle = 0 if odd else LEVEL
    above, below = tail(known, middle - mean, slope), tail(known, middle + mean, slope)
    sign = _probability(odds, odd, SIGN, min(max(above - below, -LOGIT_LIMIT), LOGIT_LIMIT - 1), 0)
    zero = _probability(odds, odd, ZERO, logit_of(known, power(known, above) + power(known, below)), CONSTANT)
    not_zero = 0.0 if odd else chances[zero]
    _step_bits(odds, mean, slope, odd, above, not_zero + chances[ONE - sign], positive)
    _step_bits(odds, -mean, slope, odd, below, not_zero + chances[sign], negative)
    bits: float = chances[ONE - zero]
    return bits


@jit
def _step_bits(odds: _Odds, mean: int, slope: int, odd: int, inner: int, before: float, out: Array) -> None:
    """Sets the bits of magnitudes, those before included."""
    known, chances = odds.known, odds.chances
    passed = 0.0
    for steps in range(min(out.size, MAX_UNARY)):
        outer = tail(known, (2 * steps + 3 - odd) * LEVEL - mean, slope)
        logit = logit_of(known, power(known, outer - inner))
        more = _probability(odds, odd, min(FIRST_STEP + steps, NODES - 1), logit, CONSTANT)
        out[steps] = before + (passed + chances[ONE - more])
        passed += chances[more]
        inner = outer
    length = 1
    for escaped in range(1, out.size - MAX_UNARY + 1):
        if escaped >> length:
            length += 1
        out[MAX_UNARY + escaped - 1] = before + (passed + (2 * length - 1))


@jit
def _probability(odds: _Odds, group: int, node: int, logit: int, constant: int) -> int:
    """As `AdaptiveOdds.probability`."""
    knots = odds.knots[group, node]
    adapted = logit * odds.lines[group, node, 0] + constant * odds.lines[group, node, 1] >> 16
    adapted = min(max(adapted, -LOGIT_LIMIT), LOGIT_LIMIT - 1) + LOGIT_LIMIT
    knot, beyond = adapted // BIT, adapted % BIT
    mapped = knots[knot] * (BIT - beyond) + knots[knot + 1] * beyond >> 10 + KNOT_BITS
    probability: int = max(int(odds.known[PROBABILITY + adapted]) + mapped >> 1, 1)
    return probability
