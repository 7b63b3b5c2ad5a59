"""Frequencies as levels, near their square roots, and what levels are predicted from (spec/buffers/rans.md, "Tables").

The counts of a sample are as uncertain as their square roots are large, so equal steps of the square root cost equally
much everywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from math import isqrt
from typing import TypeAlias

import numpy as np

from qmodel.dtypes import Array

MAX_LEVEL = 4095
MAX_SCALE = 31

Levels: TypeAlias = Sequence[int]


class Prediction(IntEnum):
    """What the levels of a table are predicted from."""

    LINE = 0
    MIRROR = 1
    CLASS = 2
    PARTNER = 3


@dataclass(frozen=True, slots=True)
class Row:
    """The levels of one table, and how they are stored.

    Attributes:
        levels: of each symbol, 0 to `MAX_LEVEL`, not all 0.
        prediction: what they are predicted from.
        rice_bits: parameter of the Rice codes of the differences; None: there are none, levels are as predicted.
        scale: with the prediction from a class: logarithm of the sum of the squares of the predicted levels.
    """

    levels: tuple[int, ...]
    prediction: Prediction
    rice_bits: int | None
    scale: int = 0


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
    shares = cumulated * (total - np.count_nonzero(present, axis=1)[:, None])
    shares //= cumulated[:, -1:]
    shares[:, 1:] -= shares[:, :-1].copy()
    shares += present
    frequencies: Array = shares.astype(np.uint32)
    return frequencies


def levels_of_class(levels: Levels, scale: int, /) -> list[int]:
    """Expected levels: those of another class, scaled so that their squares sum to 2^scale."""
    total = sum(level * level for level in levels)
    return [(isqrt((level * level << scale + 2) // total) + 1) >> 1 for level in levels]


def levels_of_partner(levels: Levels, low_bits: int, /) -> list[int]:
    """Expected levels of quantizer 1: between those of quantizer 0, whose values are half a code below."""
    shift = low_bits + 1
    pairs = zip(levels, [*levels[1:], 0], strict=True)
    return [level + ((following - level + (1 << shift - 1)) >> shift) for level, following in pairs]


def predict_from_line(levels: Levels, symbol: int, /) -> int:
    """A level from the two before: on by half of their difference."""
    if symbol > 1:
        before = levels[symbol - 1]
        level = before + ((before - levels[symbol - 2]) >> 1)
        return level if 0 <= level <= MAX_LEVEL else _within(level)
    return _within(levels[0] + (levels[0] >> 1)) if symbol else 0


def predict_from_mirror(levels: Levels, symbol: int, /, *, middle: int) -> int:
    """A level from that of the symbol `middle - symbol`, where it is known; else from a line."""
    other = middle - symbol
    return levels[other] if 0 <= other < symbol else predict_from_line(levels, symbol)


def predict_from_expected(levels: Levels, symbol: int, /, *, expected: Levels) -> int:
    """A level from the expected one, corrected by half the last difference."""
    if not symbol:
        return _within(expected[0])
    level = expected[symbol] + ((levels[symbol - 1] - expected[symbol - 1]) >> 1)
    return level if 0 <= level <= MAX_LEVEL else _within(level)


def _within(level: int) -> int:
    return min(max(level, 0), MAX_LEVEL)
