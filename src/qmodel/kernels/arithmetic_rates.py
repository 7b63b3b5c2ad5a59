"""What elements cost in an arithmetic stream, for a search that chooses among them.

Costs depend on all elements before. Here they follow from an expectation and from the odds that an earlier coding of
similar elements ended with.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from qmodel.dtypes import Array
from qmodel.kernels.adaptive_odds import KNOT_BITS
from qmodel.kernels.arithmetic import Observation
from qmodel.kernels.binary_logarithms import BIT, LOGIT_LIMIT, LOGIT_SHIFT, ONE, POWER_LIMIT, tables
from qmodel.kernels.dispatch import compiled
from qmodel.kernels.element_coder import (
    COARSE_BITS,
    CONSTANT,
    FIRST_STEP,
    LEVEL,
    MAX_EXPONENT,
    MAX_UNARY,
    NODES,
    SIGN,
    SLOPE,
    SLOPE_BITS,
    ZERO,
)

# A rate takes so many times as long in NumPy as an element of a large array.
_WORK_OF_A_RATE = 8


def element_bits(observed: Observation, expected: Array, lowest: int, highest: int, /) -> Array:
    """Bits of each element of a trellis, in each of some expectations.

    Args:
        observed: whose odds are taken.
        expected: means and scales, int64 of shape (expectations, 2).
        lowest: first element.
        highest: last element.

    Returns:
        float32 of shape (expectations, 2, elements), by quantizer.
    """
    elements = np.arange(lowest, highest + 1)
    out = np.empty((len(expected), 2, elements.size), np.float32)
    if module := compiled("arithmetic_rates", out.size * _WORK_OF_A_RATE):
        module.element_bits(observed, expected, lowest, out)
        return out
    plain = np.frexp(expected[:, 1] >> COARSE_BITS)[1]
    for bits in np.unique(plain):
        alike = plain == bits
        for quantizer in (0, 1):
            means, scales = expected[alike].T
            if bits:
                means = means - ((1 << bits) - 1 + quantizer) * LEVEL >> bits
            rounded = _RoundedBits(observed, means, scales >> bits, 0 if bits else quantizer)
            out[alike, quantizer] = bits + rounded.of(elements >> bits)
    return out


class _RoundedBits:
    """Bits of elements without those that are coded as they are.

    Args:
        observed: whose odds are taken.
        means: of some expectations.
        scales: of the same.
        odd: the quantizer.
    """

    def __init__(self, observed: Observation, means: Array, scales: Array, odd: int) -> None:
        self._observed, self._odd = observed, odd
        self._means, self._slopes = means[:, None], ((SLOPE << SLOPE_BITS) // scales)[:, None]

    def of(self, elements: Array) -> Array:
        """Bits of shape (expectations, elements)."""
        odd, middle = self._odd, np.array([0 if self._odd else LEVEL])
        positive, negative = self._tails(middle, 1), self._tails(middle, -1)
        sign = self._probabilities(odd, SIGN, np.clip(positive - negative, -LOGIT_LIMIT, LOGIT_LIMIT - 1), 0)
        logits = _logits(_powers(positive) + _powers(negative))
        zero = self._probabilities(odd, ZERO, logits, CONSTANT)
        not_zero = 0 if odd else _bits_of_one(zero)
        out = np.empty((len(self._means), elements.size))
        out[:, elements == 0] = _bits_of_zero(zero)
        is_negative, is_positive = elements < 0, elements >= 1 - odd
        if is_negative.any():
            steps = self._step_bits(-elements[is_negative] - 1, -1, negative)
            out[:, is_negative] = not_zero + _bits_of_one(sign) + steps
        if is_positive.any():
            steps = self._step_bits(elements[is_positive] - 1 + odd, 1, positive)
            out[:, is_positive] = not_zero + _bits_of_zero(sign) + steps
        return out

    def _step_bits(self, steps: Array, sign: int, inner: Array) -> Array:
        """Bits of magnitudes."""
        decisions = np.arange(min(int(steps.max()) + 1, MAX_UNARY))
        tails = np.hstack((inner, self._tails((2 * decisions + 3 - self._odd) * LEVEL, sign)))
        nodes = np.minimum(FIRST_STEP + decisions, NODES - 1)
        more = self._probabilities(self._odd, nodes, _logits(_powers(np.diff(tails, axis=1))), CONSTANT)
        passed = np.cumsum(np.hstack((np.zeros_like(inner, np.float64), _bits_of_one(more))), axis=1)
        ends = np.hstack((_bits_of_zero(more), np.zeros_like(inner, np.float64)))
        taken = np.minimum(steps, MAX_UNARY)
        escape = 2 * np.frexp(steps - MAX_UNARY + 1)[1] - 1
        last: Array = np.where(steps < MAX_UNARY, ends[:, np.minimum(taken, decisions.size)], escape)
        return passed[:, taken] + last

    def _tails(self, thresholds: Array, sign: int) -> Array:
        """As `element_coder.Tail.bits`, of shape (expectations, thresholds)."""
        exponents = (thresholds - sign * self._means) * self._slopes >> SLOPE_BITS
        exponents = np.clip(exponents, -MAX_EXPONENT, MAX_EXPONENT)
        sizes = np.abs(exponents)
        rest: Array = np.where(sizes < LOGIT_LIMIT, tables().softplus[np.minimum(sizes, LOGIT_LIMIT - 1)], 0)
        tails: Array = np.maximum(exponents, 0) + rest
        return tails

    def _probabilities(self, group: int, nodes: Array | int, logits: Array, constant: int) -> Array:
        """As `AdaptiveOdds.probability`."""
        lines = np.broadcast_to(self._observed.lines[group, nodes], (*logits.shape, 2))
        adapted = logits * lines[..., 0] + constant * lines[..., 1] >> 16
        adapted = np.clip(adapted, -LOGIT_LIMIT, LOGIT_LIMIT - 1) + LOGIT_LIMIT
        knots, beyond = np.divmod(adapted, BIT)
        low, high = (self._observed.knots[group, nodes, knots + step] for step in (0, 1))
        mapped = low * (BIT - beyond) + high * beyond >> 10 + KNOT_BITS
        probabilities: Array = np.maximum(tables().probability[adapted] + mapped >> 1, 1)
        return probabilities


def _powers(bits: Array) -> Array:
    return np.where(bits < POWER_LIMIT, tables().power[np.clip(bits, 1, POWER_LIMIT - 1)], 0)


def _logits(probabilities: Array) -> Array:
    logits: Array = tables().logit[np.clip(probabilities, 1, ONE - 1) >> LOGIT_SHIFT].astype(np.int64)
    return logits


def _bits_of_one(probabilities: Array) -> Array:
    bits: Array = bits_of_chances()[probabilities]
    return bits


def _bits_of_zero(probabilities: Array) -> Array:
    bits: Array = bits_of_chances()[ONE - probabilities]
    return bits


@cache
def bits_of_chances() -> Array:
    """Bits that each probability takes, in 1/65,536: float64 of shape (65536,), read-only; infinite for 0."""
    with np.errstate(divide="ignore"):
        bits: Array = np.log2(ONE / np.arange(ONE))
    bits.flags.writeable = False
    return bits
