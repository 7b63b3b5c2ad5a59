"""Codes one element as a few decisions of which the odds are known about: the reference of `arithmetic`.

Whether it is 0, its sign, and whether its magnitude is more than 1, 2, and so on (spec/buffers/arithmetic.md,
"Decisions"). What is expected follows from a logistic distribution of levels around the predicted mean.
"""

from __future__ import annotations

from dataclasses import dataclass

from qmodel.errors import CorruptError
from qmodel.kernels.adaptive_odds import AdaptiveOdds, limited_logit
from qmodel.kernels.binary_logarithms import BIT, LOGIT_LIMIT, LOGIT_SHIFT, ONE, POWER_LIMIT, tables
from qmodel.kernels.element_prediction import UNIT_BITS
from qmodel.kernels.range_coder import EVEN, BitCoder, code_plain

# A logistic distribution has π / √3 for each standard deviation, log2 e bits for that, and 4/5 of a standard deviation
# as its scale, about: so many 1/1024 bits for a level at a scale of one level.
SLOPE, SLOPE_BITS = 2240, 14
MAX_EXPONENT = 64 * BIT
# From scales of 16 levels on, the lowest bits of an element are coded as they are.
COARSE_BITS = 12
# Steps of a magnitude up to this take one decision each, of which the first so many adapt alone.
MAX_UNARY = 48
NODES = 24
ZERO, SIGN, FIRST_STEP = 0, 1, 2
MAX_ESCAPE_BITS = 33
# The unit of what is added to logits; to those of signs nothing is.
CONSTANT = BIT // 2
LEVEL = 1 << UNIT_BITS


@dataclass(frozen=True, slots=True)
class Alphabet:
    """What elements may be.

    Attributes:
        lowest: least element.
        highest: greatest element.
        is_trellis: whether they are codes of two quantizers: levels 2k and 2k + 1 steps.
    """

    lowest: int
    highest: int
    is_trellis: bool

    def coarser(self, bits: int) -> Alphabet:
        """What is left of the elements without their lowest bits."""
        return Alphabet(self.lowest >> bits, self.highest >> bits, self.is_trellis)


@dataclass(frozen=True, slots=True)
class Expectation:
    """What is known of an element before it is coded.

    Attributes:
        mean: expected level, in 1/256.
        scale: expected distance from it, in 1/256 level.
        quantizer: that the element belongs to.
    """

    mean: int
    scale: int
    quantizer: int

    @property
    def plain_bits(self) -> int:
        """How many of the lowest bits of the element are coded as they are."""
        return (self.scale >> COARSE_BITS).bit_length()

    def coarser(self, bits: int) -> Expectation:
        """What is expected of the element without its lowest bits."""
        middle = ((1 << bits) - 1 + self.quantizer) * LEVEL
        return Expectation(self.mean - middle >> bits, self.scale >> bits, 0)


class ElementCoder:
    """Codes elements, in either direction.

    Args:
        coder: of their bits.
        alphabet: of the elements.
    """

    def __init__(self, coder: BitCoder, alphabet: Alphabet) -> None:
        self._coder, self._alphabet = coder, alphabet
        self.odds = [[AdaptiveOdds() for _ in range(NODES)] for _ in range(2)]

    def code(self, element: int, expected: Expectation, /) -> int:
        """Code an element and return it; a decoder disregards the one it is given.

        Raises:
            CorruptError: what is decoded lies outside the alphabet.
        """
        bits = expected.plain_bits
        coded = self._code_rounded(element >> bits, expected.coarser(bits) if bits else expected, bits)
        coded = coded << bits | code_plain(self._coder, element, bits)
        if not self._alphabet.lowest <= coded <= self._alphabet.highest:
            raise CorruptError(f"arithmetic payload holds {coded}, outside its type")
        return coded

    def _code_rounded(self, element: int, expected: Expectation, bits: int) -> int:
        alphabet, odd = self._alphabet.coarser(bits), expected.quantizer
        tail = Tail(expected)
        positive, negative = tail.bits(0 if odd else LEVEL, 1), tail.bits(0 if odd else LEVEL, -1)
        if not odd and not self._decide(element != 0, odd, ZERO, logit_of(power(positive) + power(negative))):
            return 0
        if alphabet.lowest >= 0:
            is_negative = 0
        elif alphabet.highest < 1 - odd:
            is_negative = 1
        else:
            is_negative = self._decide(element < 0, odd, SIGN, limited_logit(positive - negative))
        steps = -element - 1 if is_negative else element - 1 + odd
        most = -alphabet.lowest - 1 if is_negative else alphabet.highest - 1 + odd
        group = odd if alphabet.is_trellis else is_negative
        steps = self._code_steps(steps, most, group, tail, -1 if is_negative else 1)
        return -steps - 1 if is_negative else steps + 1 - odd

    def _code_steps(self, steps: int, most: int, group: int, tail: Tail, sign: int) -> int:
        odd = tail.odd
        passed, inner = 0, tail.bits(0 if odd else LEVEL, sign)
        while passed < most:
            if passed == MAX_UNARY:
                return passed + self._code_escape(steps - passed)
            outer = tail.bits((2 * passed + 3 - odd) * LEVEL, sign)
            node = min(FIRST_STEP + passed, NODES - 1)
            if not self._decide(steps > passed, group, node, logit_of(power(outer - inner))):
                break
            passed, inner = passed + 1, outer
        return passed

    def _decide(self, bit: int, group: int, node: int, logit: int) -> int:
        return self.odds[group][node].code(self._coder, int(bit), logit, 0 if node == SIGN else CONSTANT)

    def _code_escape(self, number: int) -> int:
        """Code a number of at least 0 in Elias' gamma code of the number + 1."""
        length = 1
        while self._coder.code(int(number + 1 >> length > 0), EVEN):
            length += 1
            if length > MAX_ESCAPE_BITS:
                raise CorruptError("arithmetic payload holds a number of too many bits")
        return (1 << length - 1 | code_plain(self._coder, number + 1, length - 1)) - 1


class Tail:
    """Tails of the distribution of levels.

    Args:
        expected: its mean and scale.
    """

    def __init__(self, expected: Expectation) -> None:
        self.odd = expected.quantizer
        self._mean = expected.mean
        self._slope = (SLOPE << SLOPE_BITS) // expected.scale

    def bits(self, threshold: int, sign: int) -> int:
        """-log2 of the probability that sign · level is beyond a threshold."""
        exponent = (threshold - sign * self._mean) * self._slope >> SLOPE_BITS
        return softplus(min(max(exponent, -MAX_EXPONENT), MAX_EXPONENT))


def softplus(exponent: int, /) -> int:
    """log2(1 + 2^exponent)."""
    distance = abs(exponent)
    rest = int(tables().softplus[distance]) if distance < LOGIT_LIMIT else 0
    return max(exponent, 0) + rest


def power(bits: int, /) -> int:
    """2^-bits in 1/65,536, between 1 and 65,535; 0 from 16 bits on."""
    return int(tables().power[max(bits, 1)]) if bits < POWER_LIMIT else 0


def logit_of(probability: int, /) -> int:
    """The logit of a probability in 1/65,536."""
    return int(tables().logit[min(max(probability, 1), ONE - 1) >> LOGIT_SHIFT])
