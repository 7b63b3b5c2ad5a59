"""Chooses the palettes of a codebook, and the type to store them in (spec/encodings/codebook.md)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np

from qmodel import dtypes
from qmodel.dtypes import Array, ElementType
from qmodel.encodings.convert import convert, convertible, widen
from qmodel.kernels import row_kmeans
from qmodel.kernels.codebook import nearest
from qmodel.kernels.scalar_kmeans import conditional_means, optimal_palette
from qmodel.kernels.vector_kmeans import good_palette
from qmodel.typed_array import TypedArray

# NormalFloat4 as published (Dettmers et al. 2023, "QLoRA", appendix E): quantiles of the normal distribution, eight
# below zero and nine from zero on, scaled to reach from -1 to 1.
NF4 = (
    *(-1.0, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453),
    *(-0.28444138169288635, -0.18477343022823334, -0.09105003625154495, 0.0),
    *(0.07958029955625534, 0.16093020141124725, 0.24611230194568634, 0.33791524171829224),
    *(0.44070982933044434, 0.5626170039176941, 0.7229568362236023, 1.0),
)
TABLES: dict[str, tuple[float, ...] | None] = {"nf4": NF4, "uniform": None}
"""Tables with a name; None where the numbers follow from the data."""

# The rounding of entries may be so much of the distance between entries: it then adds a few thousandths to the error.
_ROUNDING_SHARE = 1 / 8
# Longer rows are quicker one by one, from atoms.
_LONGEST_ROW = 1 << 13


@dataclass(frozen=True, slots=True)
class Fit:
    """How palettes are made; see `Codebook`.

    Attributes:
        count: number of entries wanted.
        table: a fixed palette, if any.
        interpolate: whether entries move to the means of their cells.
    """

    count: int
    table: str | tuple[float, ...] | None
    interpolate: bool


def palettes(vectors: Array, weights: Array | None, fit: Fit, /) -> tuple[Array, bool]:
    """The palette of each group.

    Args:
        vectors: float32 or float64, shape (groups, vectors of a group, vector length).
        weights: of each squared error, of the shape of vectors; None: all alike.
        fit: how.

    Returns:
        Entries, float64 of shape (groups, entries, vector length), the shorter palettes filled up with their last
        entry; and whether they must be stored exactly.
    """
    if not vectors.size:
        return np.zeros((1, 1, vectors.shape[2])), True
    if fit.table is None and _short(vectors):
        return _short_palettes(vectors, weights, fit.count)
    shares = [None] * len(vectors) if weights is None else list(weights)
    found = [_palette(group, share, fit, len(vectors)) for group, share in zip(vectors, shares, strict=True)]
    longest = max(len(entries) for entries, _ in found)
    filled = [np.concatenate([entries, np.repeat(entries[-1:], longest - len(entries), 0)]) for entries, _ in found]
    return np.stack(filled), all(exact for _, exact in found)


def palette_type(entries: Array, exact: bool, element_type: ElementType, /) -> ElementType:
    """The smallest type that holds the entries exactly, or well enough.

    Args:
        entries: float64, shape (groups, entries, vector length).
        exact: whether no entry may change.
        element_type: type of the values that the palette is for.
    """
    widest = dtypes.F64 if element_type == dtypes.F64 else dtypes.F32
    for candidate in (dtypes.F16, element_type, dtypes.F32):
        if convertible(candidate, element_type) and candidate.bits <= widest.bits:
            stored = widen(convert(TypedArray.of(entries), candidate)).astype(np.float64)
            if np.array_equal(stored, entries) or (not exact and _close_enough(stored, entries)):
                return candidate
    return widest


def _close_enough(stored: Array, entries: Array) -> bool:
    """Whether rounding moved entries by little of the distance between them."""
    if not np.isfinite(stored).all():
        return False
    largest = np.abs(entries).max()
    apart = (entries - entries.mean(axis=1, keepdims=True)) / largest
    distance = np.sqrt(np.square(apart).mean()) * entries.shape[1] ** (-1 / entries.shape[2])
    moved = np.sqrt(np.square((stored - entries) / largest).mean())
    return bool(moved <= _ROUNDING_SHARE * distance)


def _short(vectors: Array) -> bool:
    """Whether there are several groups of so few numbers that they are best dealt with together."""
    groups, length, vector_length = vectors.shape
    return bool(groups > 1 and vector_length == 1 and length <= _LONGEST_ROW)


def _short_palettes(vectors: Array, weights: Array | None, count: int) -> tuple[Array, bool]:
    """As `palettes`, for short groups of numbers."""
    shares = None if weights is None else weights[..., 0]
    entries, counts, exact = row_kmeans.optimal_palettes(vectors[..., 0], shares, count)
    return entries[:, : counts.max(), None], bool(exact.all())


def _palette(vectors: Array, weights: Array | None, fit: Fit, groups: int) -> tuple[Array, bool]:
    """The palette of one group, float64 of shape (entries, vector length), and whether it must be stored exactly."""
    if vectors.shape[1] > 1:
        return good_palette(vectors, weights, fit.count)
    values, shares = vectors[:, 0], None if weights is None else weights[:, 0]
    if fit.table is None:
        entries, exact = optimal_palette(values, shares, fit.count, palettes=groups)
        return entries[:, None], exact
    entries = _table(values, fit)
    if fit.interpolate:
        indices = nearest(values, entries.astype(values.dtype))
        entries = conditional_means(values, shares, indices, entries)
    return entries[:, None], not (fit.interpolate or fit.table == "uniform")


def _table(values: Array, fit: Fit) -> Array:
    """The numbers of a table, float64."""
    if fit.table == "uniform":
        low, high = float(values.min()), float(values.max())
        return low + (high - low) / fit.count * (np.arange(fit.count) + 0.5)
    numbers = TABLES[fit.table] if isinstance(fit.table, str) else fit.table
    return np.array(cast("tuple[float, ...]", numbers))
