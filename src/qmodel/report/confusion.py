"""A confusion matrix for people: as a table where there are few classes, else as the pairs most often confused."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from qmodel.dtypes import Array

MOST_CLASSES = 26
_MOST_PAIRS = 30
SHADES = 9


@dataclass(frozen=True, slots=True)
class Cell:
    """A number of the table.

    Attributes:
        count: samples of a label (row) with a prediction (column).
        shade: 0 for none, up to `SHADES` for a whole row; in between by the square root, so that few can be seen.
    """

    count: int
    shade: int


@dataclass(frozen=True, slots=True)
class ConfusedPair:
    """Samples of one class that were taken for another."""

    label: int
    prediction: int
    count: int
    fraction: float


@dataclass(frozen=True, slots=True)
class ConfusionTable:
    """What a confusion matrix shows.

    Attributes:
        rows: a row of cells for each label; empty where there are too many classes.
        pairs: most often confused, the most frequent first.
    """

    rows: tuple[tuple[Cell, ...], ...]
    pairs: tuple[ConfusedPair, ...]

    @classmethod
    def of(cls, confusion: Array, /) -> ConfusionTable:
        """Of int64 counts of shape (classes, classes), rows for labels."""
        totals = confusion.sum(axis=1)
        rows = []
        if len(confusion) <= MOST_CLASSES:
            rows = [
                tuple(Cell(int(count), _shade(int(count), int(total))) for count in row)
                for row, total in zip(confusion, totals, strict=True)
            ]
        return cls(tuple(rows), tuple(_pairs(confusion, totals)))


def _shade(count: int, total: int) -> int:
    return math.ceil(SHADES * math.sqrt(count / total)) if count else 0


def _pairs(confusion: Array, totals: Array) -> list[ConfusedPair]:
    wrong = confusion.copy()
    np.fill_diagonal(wrong, 0)
    places = np.argsort(-wrong, axis=None, kind="stable")[:_MOST_PAIRS]
    pairs = []
    for label, prediction in zip(*(axis.tolist() for axis in np.unravel_index(places, wrong.shape)), strict=True):
        count = int(wrong[label, prediction])
        if count:
            pairs.append(ConfusedPair(label, prediction, count, count / int(totals[label])))
    return pairs
