"""Bits that an entropy coder needs, from counts."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array

# About what a symbol costs in a frequency table.
_TABLE_BITS = 2


def entropy(counts: Array, /) -> float:
    """Bits of all symbols together that occur so often, coded with these frequencies.

    Args:
        counts: integers, of any shape; 0 for what does not occur.
    """
    occurring = counts[counts > 0]
    return float(occurring @ np.log2(occurring.sum() / occurring))


def coded_bits(counts: Array, total: int, /) -> float:
    """About how many bits `total` symbols take, of which some occur so often, their frequency table included."""
    return entropy(counts) * total / max(int(counts.sum()), 1) + _TABLE_BITS * np.count_nonzero(counts)
