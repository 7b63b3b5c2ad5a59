"""Compiled twin of `qmodel.kernels.counted_bits`."""

from __future__ import annotations

from qmodel.dtypes import Array
from qmodel.kernels.compiled.jit import jit
from qmodel.kernels.counted_bits import FRACTION_BITS, TABLE_BITS


@jit
def logarithm_of(number: int, table: Array) -> int:
    """As `qmodel.kernels.counted_bits.logarithms_of`, of one number."""
    shift = 0
    while number >> TABLE_BITS + shift:
        shift += 1
    highest = number >> shift
    logarithm: int = table[highest]
    if shift:
        rest, rise = number - (highest << shift), table[highest + 1] - logarithm
        logarithm += (rise * rest >> shift) + (shift << FRACTION_BITS)
    return logarithm
