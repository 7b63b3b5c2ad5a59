"""Palettes of short vectors: k-means, from a start that splits the data along its principal directions.

Distances are computed as matrix products of tiles (Lloyd 1982; the start is that of tree-structured vector
quantizers, Gray 1984: always the cell with the largest error is split in two).
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, replace

import numpy as np

from qmodel.dtypes import Array
from qmodel.kernels.scalar_kmeans import conditional_means

# Enough vectors to learn from: more change the palette by less than its own randomness.
_SAMPLE_PER_ENTRY = 256
_SMALLEST_SAMPLE = 1 << 14
_LLOYD_ITERATIONS = 20
# Stop when an iteration gains less than this part of the error.
_WORTHWHILE_GAIN = 1e-3
# A tile of distances stays in a core's cache.
_TILE_DISTANCES = 1 << 18


def good_palette(vectors: Array, weights: Array | None, count: int, /) -> tuple[Array, bool]:
    """A palette with a small weighted squared error.

    Args:
        vectors: finite floats, shape (vectors, length), one at least.
        weights: of each element's squared error, at least 0 and finite; None: all alike.
        count: number of entries wanted, at least 1.

    Returns:
        float64, at most `count` entries of shape (entries, length); and whether these are exactly the distinct vectors.
    """
    if len(np.unique(vectors[: 4 * count], axis=0)) <= count:
        distinct = np.unique(vectors, axis=0)
        if len(distinct) <= count:
            return distinct.astype(np.float64) + 0.0, True
    chosen = _sample(len(vectors), max(_SMALLEST_SAMPLE, _SAMPLE_PER_ENTRY * count))
    sample = vectors[chosen].astype(np.float64)
    shares = None if weights is None else weights[chosen].astype(np.float64)
    if shares is not None:
        shares = shares / shares.max() if shares.any() else None
    centre, spread = sample.mean(axis=0), float(np.abs(sample).max())
    sample = sample / (spread or 1.0) - centre / (spread or 1.0)
    entries = _lloyd(sample, shares, _split(sample, shares, count))
    return entries * spread + centre, False


def nearest_vectors(vectors: Array, weights: Array | None, entries: Array, /) -> Array:
    """The index of the nearest entry for each vector; of the lowest where the distances are computed as equal.

    Args:
        vectors: finite floats, shape (vectors, length).
        weights: of each element's squared error; None: all alike.
        entries: shape (entries, length), 1 to 65,536.

    Returns:
        uint16, one for each vector.
    """
    if not len(vectors):
        return np.empty(0, np.uint16)
    spread = max(-float(vectors.min()), float(vectors.max()), float(np.abs(entries).max())) or 1.0
    scaled = entries / vectors.dtype.type(spread)
    centre = scaled.mean(axis=0, dtype=np.float64).astype(vectors.dtype)
    indices, _ = _assign(vectors / vectors.dtype.type(spread) - centre, weights, scaled - centre)
    return indices


def _assign(vectors: Array, weights: Array | None, entries: Array) -> tuple[Array, Array]:
    """For each vector the index of the nearest entry, and the squared distance to it."""
    indices, errors = np.empty(len(vectors), np.uint16), np.empty(len(vectors), vectors.dtype)
    columns = np.ascontiguousarray(entries.T)
    squares = np.square(columns)
    step = max(_TILE_DISTANCES // len(entries), 16)
    for start in range(0, len(vectors), step):
        part = vectors[start : start + step]
        if weights is None:
            distances = part @ (-2 * columns)
            distances += squares.sum(axis=0)
            rest = np.square(part).sum(axis=1)
        else:
            share = weights[start : start + step].astype(vectors.dtype, copy=False)
            distances = (share * part) @ (-2 * columns)
            distances += share @ squares
            rest = (share * np.square(part)).sum(axis=1)
        found = distances.argmin(axis=1)
        indices[start : start + step] = found
        errors[start : start + step] = distances[np.arange(len(found)), found] + rest
    return indices, np.maximum(errors, 0)


def _sample(count: int, wanted: int) -> Array:
    """Indices of at most `wanted` vectors, spread over all by multiples of the golden ratio, modulo 1 (Weyl 1916)."""
    if count <= wanted:
        return np.arange(count)
    fractions = (np.arange(wanted, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(32)
    return np.unique((fractions * np.uint64(count)) >> np.uint64(32)).astype(np.intp)


def _split(vectors: Array, weights: Array | None, count: int) -> Array:
    """Means of at most `count` cells: the one with the largest error is cut at its mean, across its main axis."""
    cells = [_Cell.of(vectors, weights, np.arange(len(vectors)))]
    while len(cells) < count and cells[0].error > 0:
        worst = cells[0]
        upper = worst.offsets(vectors, weights) @ worst.axis > 0
        if upper.all() or not upper.any():
            heapq.heapreplace(cells, replace(worst, error=0.0))
            continue
        heapq.heapreplace(cells, _Cell.of(vectors, weights, worst.members[upper]))
        heapq.heappush(cells, _Cell.of(vectors, weights, worst.members[~upper]))
    return np.stack([cell.mean for cell in sorted(cells, key=lambda cell: int(cell.members[0]))])


@dataclass(frozen=True, slots=True, eq=False)
class _Cell:
    """Some of the vectors: their mean, their squared error around it, and the axis along which that is largest."""

    members: Array
    mean: Array
    axis: Array
    error: float

    @classmethod
    def of(cls, vectors: Array, weights: Array | None, members: Array) -> _Cell:
        inside = vectors[members]
        mean = _weighted_mean(inside, None if weights is None else weights[members])
        cell = cls(members, mean, mean, 0.0)
        offsets = cell.offsets(vectors, weights)
        powers, axes = np.linalg.eigh(offsets.T @ offsets)
        return replace(cell, axis=axes[:, -1], error=float(powers.sum()))

    def offsets(self, vectors: Array, weights: Array | None) -> Array:
        """Members less the mean, stretched so that squares are weighted."""
        apart = vectors[self.members] - self.mean
        return apart if weights is None else apart * np.sqrt(weights[self.members])

    def __lt__(self, other: _Cell) -> bool:
        return (-self.error, int(self.members[0])) < (-other.error, int(other.members[0]))


def _weighted_mean(vectors: Array, weights: Array | None) -> Array:
    if weights is None:
        weights = np.ones_like(vectors)
    weight = weights.sum(axis=0)
    mean: Array = np.where(weight > 0, (weights * vectors).sum(axis=0) / np.where(weight > 0, weight, 1), 0.0)
    return mean


def _lloyd(vectors: Array, weights: Array | None, entries: Array) -> Array:
    """Move entries to the means of the vectors nearest to them, until that gains little (Lloyd 1982)."""
    narrow = vectors.astype(np.float32)
    shares = None if weights is None else weights.astype(np.float32)
    before = np.inf
    for _ in range(_LLOYD_ITERATIONS):
        indices, errors = _assign(narrow, shares, entries.astype(np.float32))
        error = float(errors.sum(dtype=np.float64))
        if error >= before * (1 - _WORTHWHILE_GAIN):
            break
        before = error
        entries = _cell_means(vectors, weights, indices, entries)
        unused = np.flatnonzero(np.bincount(indices, minlength=len(entries)) == 0)
        # An entry that nothing is near to is of more use where the error is largest.
        entries[unused] = vectors[np.argsort(-errors, kind="stable")[: len(unused)]]
    return entries


def _cell_means(vectors: Array, weights: Array | None, indices: Array, entries: Array) -> Array:
    means = np.empty_like(entries)
    for axis in range(vectors.shape[1]):
        share = None if weights is None else np.ascontiguousarray(weights[:, axis])
        means[:, axis] = conditional_means(np.ascontiguousarray(vectors[:, axis]), share, indices, entries[:, axis])
    return means
