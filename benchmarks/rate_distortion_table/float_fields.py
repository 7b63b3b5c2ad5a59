"""Weights in the float types that lossless codecs are measured on, and the fields of their bits. Needs NumPy alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True, slots=True)
class FloatType:
    """A float type.

    Attributes:
        name: as the page calls it.
        bits: of a number.
        exponent_bits: of its exponent.
        mantissa_bits: of its mantissa, below the exponent.
    """

    name: str
    bits: int
    exponent_bits: int
    mantissa_bits: int

    def narrowed(self, weights: Array) -> Array:
        """The bits of float32 weights rounded to this type, to nearest and ties to even; unsigned integers."""
        if self.name == "fp16":
            return np.ascontiguousarray(weights.astype(np.float16)).view(np.uint16)
        bits = np.ascontiguousarray(weights, np.float32).view(np.uint32)
        if self.name == "fp32":
            return bits
        wide = bits.astype(np.uint64)
        return ((wide + 0x7FFF + ((wide >> 16) & 1)) >> 16).astype(np.uint16)

    def exponents(self, bits: Array) -> Array:
        """The exponent fields; uint8."""
        return (bits >> self.mantissa_bits & (1 << self.exponent_bits) - 1).astype(np.uint8)


FLOAT_TYPES = {
    each.name: each
    for each in (FloatType("fp32", 32, 8, 23), FloatType("bf16", 16, 8, 7), FloatType("fp16", 16, 5, 10))
}
