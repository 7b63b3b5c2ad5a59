"""Rounding to a float type in integers, written from spec/types.md alone for the second decoder."""

import math
from fractions import Fraction

TARGETS = {"f64": (52, -1022, 1023), "f32": (23, -126, 127), "f16": (10, -14, 15), "bf16": (7, -126, 127)}
EXPONENT_BITS = {"f64": 11, "f32": 8, "f16": 5, "bf16": 8}


def rounded_bits(number, negative, name):
    """Bits of the float of a type nearest to a finite number, of which the sign is told apart."""
    m, e_min, e_max = TARGETS[name]
    sign = negative << (m + EXPONENT_BITS[name])
    magnitude = abs(Fraction(number))
    c, e = magnitude.numerator, 1 - magnitude.denominator.bit_length()
    if c == 0:
        return sign
    exponent = max(c.bit_length() - 1 + e, e_min)
    n = round(Fraction(c) * Fraction(2) ** (e - exponent + m))  # Python rounds ties to even
    if n == 2 ** (m + 1):
        n, exponent = 2**m, exponent + 1
    if exponent > e_max:
        return sign | (e_max - e_min + 2) << m
    return sign | ((exponent - e_min + 1) << m) + n - 2**m


def nearest(number, name):
    """Bits of any float of NumPy's as a float type; of a NaN its sign is kept."""
    m, e_min, e_max = TARGETS[name]
    negative = bool(math.copysign(1, number) < 0)
    if math.isfinite(number):
        return rounded_bits(float(number), negative, name)
    infinity = negative << (m + EXPONENT_BITS[name]) | (e_max - e_min + 2) << m
    return infinity | (1 << (m - 1) if math.isnan(number) else 0)
