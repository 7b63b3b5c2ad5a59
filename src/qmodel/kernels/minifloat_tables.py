"""The floats of 4, 6 and 8 bits, and the tables that widen and round them, made from their definition.

Sources: OCP 8-bit Floating Point Specification (OFP8) 1.0; OCP Microscaling Formats (MX) 1.0; spec/types.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from qmodel import dtypes
from qmodel.dtypes import Array, ElementType

_QUIET_NAN = 0x7FC00000
_INFINITY = 0x7F800000


@dataclass(frozen=True, slots=True)
class Layout:
    """How the bits of a small float are used: sign, exponent, fraction, from the highest bit down.

    Attributes:
        exponent_bits: width of the exponent field.
        fraction_bits: width of the fraction field.
        bias: what is subtracted from the exponent field.
        last_finite: bits of the largest finite number.
        infinity: bits of positive infinity; None: the type has none.
        nan: bits of the NaN that others become; None: the type has none.
        is_signed: whether there is a sign, and with it zero and subnormal numbers.
    """

    exponent_bits: int
    fraction_bits: int
    bias: int
    last_finite: int
    infinity: int | None = None
    nan: int | None = None
    is_signed: bool = True

    @property
    def sign_bit(self) -> int:
        """The bit of the sign; 0 where there is none."""
        return 1 << (self.exponent_bits + self.fraction_bits) if self.is_signed else 0

    def magnitudes(self) -> Array:
        """The finite numbers that are not negative, ascending, each at the index of its bits: float64."""
        patterns = np.arange(self.last_finite + 1)
        exponent, fraction = patterns >> self.fraction_bits, patterns & ((1 << self.fraction_bits) - 1)
        subnormal = self.is_signed & (exponent == 0)
        significand = np.where(subnormal, fraction, fraction + (1 << self.fraction_bits)).astype(np.float64)
        return np.asarray(np.ldexp(significand, np.where(subnormal, 1, exponent) - self.bias - self.fraction_bits))

    def rounds_up_from_tie(self, below: Array) -> Array:
        """Whether halfway between the numbers of bits `below` and `below` + 1 the larger one is chosen.

        That is where its last bit is even. Powers of two have no bit that could be even: then the larger one always
        (IEEE 754-2019, section 4.3.1).
        """
        return np.asarray(below % 2 == 1) if self.fraction_bits else np.ones_like(below, bool)


LAYOUTS = {
    dtypes.F8E4M3: Layout(4, 3, 7, last_finite=0x7E, nan=0x7F),
    dtypes.F8E5M2: Layout(5, 2, 15, last_finite=0x7B, infinity=0x7C, nan=0x7E),
    dtypes.F6E2M3: Layout(2, 3, 1, last_finite=0x1F),
    dtypes.F6E3M2: Layout(3, 2, 3, last_finite=0x1F),
    dtypes.F4E2M1: Layout(2, 1, 1, last_finite=0x07),
    dtypes.E8M0: Layout(8, 0, 127, last_finite=0xFE, nan=0xFF, is_signed=False),
}


@cache
def widening_table(element_type: ElementType, /) -> Array:
    """The float32 of every byte, 256 of them; bits of the byte above those of the type do not count."""
    layout = LAYOUTS[element_type]
    positive = np.full(layout.sign_bit or 256, _QUIET_NAN, np.uint32)
    positive[: layout.last_finite + 1] = layout.magnitudes().astype(np.float32).view(np.uint32)
    if layout.infinity is not None:
        payload = np.arange(positive.size - layout.infinity, dtype=np.uint32)
        positive[layout.infinity :] = _INFINITY | payload << np.uint32(23 - layout.fraction_bits)
    both = np.concatenate([positive, positive | np.uint32(1 << 31)]) if layout.is_signed else positive
    return _frozen(np.tile(both, 256 // both.size).view(np.float32))


@cache
def rounding_table(element_type: ElementType, /, *, saturate: bool) -> Array:
    """The small float, uint8, of each of the 2^16 upper halves of float32 numbers that were rounded to odd.

    No small float and no point halfway between two of them has the last of those 16 bits set, so that the result is the
    one of the exact value. Numbers out of range become the nearest in range; so do infinities if `saturate`, or if the
    type has none. NaN is only meant for types that have it.
    """
    layout = LAYOUTS[element_type]
    upper = np.arange(1 << 16, dtype=np.uint32)
    numbers = (upper << np.uint32(16)).view(np.float32)
    magnitude = np.abs(numbers)
    ties = _points_halfway(layout).astype(np.float32)
    bits = np.searchsorted(ties, magnitude)
    is_tie = magnitude == np.append(ties, np.float32(np.nan))[bits]
    bits += is_tie & layout.rounds_up_from_tie(bits)
    if layout.infinity is not None and not saturate:
        bits[np.isinf(numbers)] = layout.infinity
    if layout.nan is not None:
        bits[np.isnan(numbers)] = layout.nan
    if layout.is_signed:
        bits[np.signbit(numbers)] |= layout.sign_bit
    return _frozen(bits.astype(np.uint8))


@cache
def rounded_range(element_type: ElementType, /) -> tuple[float, float]:
    """Smallest and largest finite magnitude that a number of the type is near to; both are themselves in the range.

    They are float64, and no float64 beyond rounds, as if the exponent had no bounds, to a number of the type.
    """
    layout = LAYOUTS[element_type]
    magnitudes = layout.magnitudes()
    beyond = magnitudes[-1] + (magnitudes[-1] - magnitudes[-2]) / (2 if layout.fraction_bits else 1)
    if layout.rounds_up_from_tie(np.array(layout.last_finite)):
        beyond = np.nextafter(beyond, 0)
    return 0.0 if layout.is_signed else float(magnitudes[0] * 0.75), float(beyond)


def _points_halfway(layout: Layout) -> Array:
    magnitudes = layout.magnitudes()
    return (magnitudes[:-1] + magnitudes[1:]) / 2


def _frozen(table: Array) -> Array:
    """A table that is shared, so that nobody may write to it."""
    table.setflags(write=False)
    return table
