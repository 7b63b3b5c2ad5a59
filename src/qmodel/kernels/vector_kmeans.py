"""Palettes of short vectors: k-means, from a start that splits the data along its principal directions.

Lloyd's iterations (Lloyd 1982) from the start of tree-structured vector quantizers (Gray 1984): always the cell with
the largest error is split in two.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, replace

import numpy as np

from qmodel.dtypes import Array
from qmodel.kernels.dispatch import compiled
from qmodel.kernels.scalar_kmeans import conditional_means

# Enough vectors to learn from: more change the palette by less than its own randomness.
_SAMPLE_PER_ENTRY = 256
_SMALLEST_SAMPLE = 1 << 14
_LLOYD_ITERATIONS = 20
# Stop when an iteration gains less than this part of the error.
_WORTHWHILE_GAIN = 1e-3
_LEAST_WEIGHT = 2.0**-20
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
    centre, spread = sample.mean(axis=0), float(np.abs(sample).max()) or 1.0
    sample = sample / spread - centre / spread
    entries = _lloyd(sample, shares, _split(sample, shares, count))
    return entries * spread + centre, False


def nearest_vectors(vectors: Array, weights: Array | None, entries: Array, /) -> Array:
    """The index of the nearest entry for each vector; of the lowest where float32 distances are equal.

    Args:
        vectors: finite floats, shape (vectors, length).
        weights: of each element's squared error; None: all alike.
        entries: shape (entries, length), 1 to 65,536.

    Returns:
        uint16, one for each vector.
    """
    if not len(vectors):
        return np.empty(0, np.uint16)
    if weights is not None:  # what counts for nothing has a nearest entry all the same
        weights = np.maximum(weights / weights.max(), _LEAST_WEIGHT)
    largest = max(-float(vectors.min()), float(vectors.max()), float(np.abs(entries).max()))
    exponent = -int(np.frexp(largest)[1])  # squares of numbers below 1 cannot overflow
    return _assign(np.ldexp(vectors, exponent), weights, np.ldexp(entries, exponent))[0]


def _assign(vectors: Array, weights: Array | None, entries: Array) -> tuple[Array, Array]:
    """For each vector the index of the nearest entry, and the squared distance to it; in float32."""
    indices, errors = np.empty(len(vectors), np.uint16), np.empty(len(vectors), np.float32)
    narrow, table = vectors.astype(np.float32, copy=False), entries.astype(np.float32, copy=False)
    shares = np.ones((1, vectors.shape[1]), np.float32) if weights is None else weights.astype(np.float32, copy=False)
    kernel = compiled("vector_kmeans", len(vectors) * entries.size)
    (kernel.assign if kernel else assign)(narrow, shares, np.ascontiguousarray(table.T), indices, errors)
    return indices, errors


def assign(vectors: Array, weights: Array, columns: Array, indices: Array, errors: Array, /) -> None:
    """Find the first of the nearest entries for each vector.

    Distances are sums of weight · difference², element by element, in float32.

    Args:
        vectors: float32, shape (vectors, length).
        weights: float32, of the shape of vectors, or (1, length) for all.
        columns: float32, the entries, shape (length, entries).
        indices: uint16, filled.
        errors: float32, filled with the distances.
    """
    step = max(_TILE_DISTANCES // columns.shape[1], 16)
    for start in range(0, len(vectors), step):
        tile = slice(start, start + step)
        shares = np.broadcast_to(weights, vectors.shape)[tile]
        distances = np.zeros((len(shares), columns.shape[1]), np.float32)
        for axis, column in enumerate(columns):
            apart = vectors[tile, axis : axis + 1] - column
            apart *= apart
            apart *= shares[:, axis : axis + 1]
            distances += apart
        indices[tile] = found = distances.argmin(axis=1)
        errors[tile] = distances[np.arange(len(found)), found]


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
    before = np.inf
    for _ in range(_LLOYD_ITERATIONS):
        indices, errors = _assign(vectors, weights, entries)
        error = float(errors.sum(dtype=np.float64))
        if error >= before * (1 - _WORTHWHILE_GAIN):
            break
        before = error
        entries = _cell_means(vectors, weights, indices, entries)
        unused = np.flatnonzero(np.bincount(indices, minlength=len(entries)) == 0)
        if unused.size:  # an entry that nothing is near to is of more use where the error is largest
            entries[unused] = vectors[np.argsort(-errors, kind="stable")[: len(unused)]]
    return entries


def _cell_means(vectors: Array, weights: Array | None, indices: Array, entries: Array) -> Array:
    means = np.empty_like(entries)
    for axis in range(vectors.shape[1]):
        share = None if weights is None else np.ascontiguousarray(weights[:, axis])
        means[:, axis] = conditional_means(np.ascontiguousarray(vectors[:, axis]), share, indices, entries[:, axis])
    return means
