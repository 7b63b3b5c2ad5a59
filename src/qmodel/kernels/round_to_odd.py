"""Rounding to odd: a number that is not exact is cut, and its last bit set.

It keeps the number on the right side of every tie of a narrower type, so that a second rounding gives what one rounding
of the exact value would (S. Boldo and G. Melquiond, "Emulation of FMA and correctly rounded sums: proved algorithms
using rounding to odd", IEEE Transactions on Computers 57(4), 2008).
"""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array


def f64_to_odd_f32(values: Array, /) -> Array:
    """The bits of float64 numbers as float32: uint32 of the same shape; finite numbers stay finite, NaNs stay NaN."""
    with np.errstate(all="ignore"):
        nearest = values.astype(np.float32)
        too_large = (np.abs(nearest) > np.abs(values)).astype(np.uint32)
        inexact = (nearest != values).astype(np.uint32)
    return np.asarray((nearest.view(np.uint32) - too_large) | inexact)


def f32_to_odd_upper_half(bits: Array, /) -> Array:
    """The upper half of the bits of float32 numbers, uint32, as uint16 of the same shape."""
    upper = (bits >> np.uint32(16)).astype(np.uint16)
    upper |= (bits & np.uint32(0xFFFF)) != 0
    return upper
