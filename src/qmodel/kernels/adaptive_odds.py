"""Odds of a decision that adapt to how it falls: the reference of `arithmetic` (spec/buffers/arithmetic.md, "Odds").

Two stages, as in the PAQ family of compressors (Mahoney 2005, "Adaptive weighing of context models for lossless data
compression"): a factor and a summand that make the expected logit right, and a map from logits to probabilities.
"""

from __future__ import annotations

from functools import cache

from qmodel.kernels.binary_logarithms import BIT, LOGIT_LIMIT, ONE, tables
from qmodel.kernels.range_coder import BitCoder

FACTOR_ONE, FACTOR_LIMIT = 1 << 16, 1 << 20
FACTOR_RATE = 24
# Maps have a knot for every bit of the logit; probabilities in them are in 1/2^22.
KNOTS = 2 * LOGIT_LIMIT // BIT + 1
KNOT_BITS = 6
# Rates of learning are 1 / (decisions seen + FIRST_COUNT).
FIRST_COUNT, COUNT_LIMIT = 16, 1000


class AdaptiveOdds:
    """Codes decisions of one kind.

    Attributes:
        factor: of logits, in 1/2^16.
        summand: of what the caller gives as constant, in 1/2^16.
        knots: probabilities of a 1 at logits of -12, -11, to 12 bits, in 1/2^22.
    """

    def __init__(self) -> None:
        self.factor, self.summand = FACTOR_ONE, 0
        self.knots = list(first_knots())
        self._count, self._knot_counts = 0, [0] * KNOTS

    def probability(self, logit: int, constant: int, /) -> int:
        """Probability of a 1, in 1/65,536, that the decision is coded with.

        Args:
            logit: expected.
            constant: the unit of the summand.
        """
        adapted = self._adapted(logit, constant)
        return max(_squashed(adapted) + self._mapped(adapted) >> 1, 1)

    def code(self, coder: BitCoder, bit: int, logit: int, constant: int, /) -> int:
        """Code a decision and learn from it; a decoder disregards the one it is given."""
        adapted = self._adapted(logit, constant)
        bit = coder.code(bit, self.probability(logit, constant))
        self._learn_logit(bit * ONE - _squashed(adapted), logit, constant)
        knot, beyond = divmod(adapted + LOGIT_LIMIT, BIT)
        self._move_knot(knot + (2 * beyond >= BIT), bit)
        return bit

    def _adapted(self, logit: int, constant: int) -> int:
        return limited_logit(logit * self.factor + constant * self.summand >> 16)

    def _mapped(self, adapted: int) -> int:
        knot, beyond = divmod(adapted + LOGIT_LIMIT, BIT)
        return self.knots[knot] * (BIT - beyond) + self.knots[knot + 1] * beyond >> 10 + KNOT_BITS

    def _learn_logit(self, error: int, logit: int, constant: int) -> None:
        rate = FACTOR_RATE * (ONE // (self._count + FIRST_COUNT))
        factor = self.factor + ((error * logit >> 10) * rate + (1 << 19) >> 20)
        summand = self.summand + ((error * constant >> 10) * rate + (1 << 19) >> 20)
        self.factor = min(max(factor, -FACTOR_LIMIT), FACTOR_LIMIT)
        self.summand = min(max(summand, -FACTOR_LIMIT), FACTOR_LIMIT)
        self._count = min(self._count + 1, COUNT_LIMIT)

    def _move_knot(self, knot: int, bit: int) -> None:
        target = bit * ((ONE << KNOT_BITS) - 1)
        rate = ONE // (self._knot_counts[knot] + FIRST_COUNT)
        self.knots[knot] += (target - self.knots[knot]) * rate >> 16
        self._knot_counts[knot] = min(self._knot_counts[knot] + 1, COUNT_LIMIT)


@cache
def first_knots() -> tuple[int, ...]:
    """A map that changes nothing."""
    return tuple(_squashed(min(BIT * knot - LOGIT_LIMIT, LOGIT_LIMIT - 1)) << KNOT_BITS for knot in range(KNOTS))


def limited_logit(logit: int, /) -> int:
    """The nearest logit that the tables have."""
    return min(max(logit, -LOGIT_LIMIT), LOGIT_LIMIT - 1)


def _squashed(logit: int) -> int:
    return int(tables().probability[logit + LOGIT_LIMIT])
