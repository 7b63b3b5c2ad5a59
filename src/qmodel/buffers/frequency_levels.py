"""Frequencies as levels, near their square roots, and what levels are predicted from (spec/buffers/rans.md, "Tables").

The counts of a sample are as uncertain as their square roots are large, so equal steps of the square root cost equally
much everywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import IntEnum
from math import isqrt
from typing import TypeAlias

import numpy as np

from qmodel.dtypes import Array

MAX_LEVEL = 4095
MAX_SCALE = 31

Levels: TypeAlias = Sequence[int]
Predictor: TypeAlias = Callable[[Levels, int], int]


class Prediction(IntEnum):
    """What the levels of a table are predicted from."""

    LINE = 0
    MIRROR = 1
    REFERENCE = 2


def frequencies_of(levels: Array, total: int, /) -> Array:
    """Integer frequencies that sum to a total: at least 1 where a level is not 0, the rest as the squares of levels.

    Args:
        levels: int64 of shape (tables, symbols), 0 to `MAX_LEVEL`; in every row 1 to `total` are not 0.
        total: at most 2^16.

    Returns:
        uint32 of the shape of levels.
    """
    present = levels > 0
    cumulated = np.cumsum(levels * levels, axis=1)
    spare = total - present.sum(axis=1, keepdims=True)
    shares = cumulated * spare // cumulated[:, -1:]
    frequencies: Array = (present + np.diff(shares, axis=1, prepend=0)).astype(np.uint32)
    return frequencies


def line_predictor(levels: Levels, symbol: int, /) -> int:
    """Half as steep on as between the two levels before."""
    before = levels[symbol - 1] if symbol else 0
    earlier = levels[symbol - 2] if symbol > 1 else 0
    return max(0, before + ((before - earlier) >> 1))


def mirror_predictor(zero: int, /) -> Predictor:
    """The level as far on the other side of the symbol `zero`, where that is known; else a line."""

    def predict(levels: Levels, symbol: int) -> int:
        other = 2 * zero - symbol
        return levels[other] if 0 <= other < symbol else line_predictor(levels, symbol)

    return predict


def reference_predictor(reference: Levels, scale: int, /) -> Predictor:
    """The levels of another table, their squares scaled to sum to 2^scale, corrected by half the last difference."""
    total = sum(level * level for level in reference)
    expected = [(isqrt((level * level << scale + 2) // total) + 1) >> 1 for level in reference]

    def predict(levels: Levels, symbol: int) -> int:
        difference = levels[symbol - 1] - expected[symbol - 1] if symbol else 0
        return max(0, expected[symbol] + (difference >> 1))

    return predict


def scale_of(levels: Levels, /) -> int:
    """The scale that suits a table best: the nearest power of two of the sum of its squares."""
    total = sum(level * level for level in levels)
    return min(MAX_SCALE, max(0, (total * total // 2).bit_length() // 2))
