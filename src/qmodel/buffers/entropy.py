"""Bits that an entropy coder needs, from counts."""

from __future__ import annotations

from math import log

import numpy as np

from qmodel.dtypes import Array

# About what a symbol costs in a frequency table.
_TABLE_BITS = 2
# A symbol has one of about so many parts of a table at least; or, where it is rarer, is an exception of so many bits.
_PARTS, _EXCEPTION_BITS = 1 << 12, 28


def entropy(counts: Array, /) -> float:
    """Bits of all symbols together that occur so often, coded with these frequencies.

    Args:
        counts: integers, of any shape; 0 for what does not occur.
    """
    occurring = counts[counts > 0]
    return float(occurring @ np.log2(occurring.sum() / occurring))


def coded_bits(counts: Array, total: int, /) -> float:
    """About how many bits `total` symbols take, of which some occur so often, their frequency table included."""
    counted = max(int(counts.sum()), 1)
    rare = counts[counts * _PARTS < counted]
    lost = np.minimum(rare * _EXCEPTION_BITS, counted / log(2) / _PARTS).sum()
    return float((entropy(counts) + lost) * total / counted + _TABLE_BITS * np.count_nonzero(counts))
