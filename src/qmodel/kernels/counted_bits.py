"""Logarithms to base 2 in 1/2^20 bits, as integers: no sum of them depends on its order or on the processor.

So what is chosen by counted bits is the same in NumPy and compiled.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from qmodel.dtypes import Array

FRACTION_BITS = 20
# Logarithms of larger numbers lie on a line between those of their highest bits, less than 1/2^20 bit below.
TABLE_BITS = 16


@cache
def table() -> Array:
    """The logarithms of 0 to 65,536, that of 0 taken as 0: int64, read-only."""
    numbers = np.maximum(np.arange((1 << TABLE_BITS) + 1), 1)
    logarithms: Array = np.rint(np.log2(numbers) * (1 << FRACTION_BITS)).astype(np.int64)
    logarithms.flags.writeable = False
    return logarithms


def logarithms_of(numbers: Array, /) -> Array:
    """The logarithm of each number, 0 for 0: int64.

    Args:
        numbers: int64, 0 to 2^48.
    """
    logarithms = table()
    if numbers.max(initial=0) <= 1 << TABLE_BITS:
        return np.take(logarithms, numbers)
    shifts = np.maximum(np.frexp(numbers)[1].astype(np.int64) - TABLE_BITS, 0)
    highest = numbers >> shifts
    below, rest = np.take(logarithms, highest), numbers - (highest << shifts)
    rise = np.take(logarithms, np.minimum(highest + 1, 1 << TABLE_BITS)) - below
    found: Array = below + (rise * rest >> shifts) + (shifts << FRACTION_BITS)
    return found
