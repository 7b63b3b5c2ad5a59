"""Optimal palettes of numbers: k-means in one dimension, which sorting makes exact and quick.

Optimal cells are intervals, so dynamic programming over sorted atoms finds them (Wu 1991, "Optimal quantization by
matrix searching"; Wang and Song 2011, "Ckmeans.1d.dp"). Atoms are runs of the sorted values: some thousands are enough
to come near the optimum, from where Lloyd's iterations (Lloyd 1982) go the rest of the way.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qmodel.dtypes import Array
from qmodel.kernels.codebook import count_below
from qmodel.kernels.dispatch import compiled

# Runs of equal count, and as many of equal width, so that neither outliers nor the bulk are coarse.
_FINE_RUNS = 1 << 13
# Atoms for each entry in dynamic programming; more change the error by less than a thousandth.
_ATOMS_PER_ENTRY = 12
_MOST_PROGRAMMED = 256
_LLOYD_ITERATIONS = 100
_TILE_ELEMENTS = 1 << 18


@dataclass(frozen=True, slots=True)
class _Atoms:
    """Runs of sorted values: the weight of each, positive, and the weighted sum of its values; float64."""

    weight: Array
    total: Array

    @property
    def mean(self) -> Array:
        return self.total / self.weight

    def merged(self, starts: Array) -> _Atoms:
        return _Atoms(np.add.reduceat(self.weight, starts), np.add.reduceat(self.total, starts))


def optimal_palette(values: Array, weights: Array | None, count: int, /) -> tuple[Array, bool]:
    """A palette with about the smallest weighted squared error.

    Args:
        values: finite floats, 1-D, at least one.
        weights: of each squared error, at least 0 and finite; None: all alike.
        count: number of entries wanted, at least 1.

    Returns:
        Ascending float64, at most `count`; and whether these are exactly the distinct values, which they are where
        there are no more.
    """
    ordered = np.sort(values)
    distinct = _distinct(ordered)
    if len(distinct) <= count:
        return distinct, True
    if weights is not None:
        values, weights = _weighty(values, weights)
        ordered = np.sort(values)
        if len(distinct := _distinct(ordered)) <= count:
            return distinct, False
    # Centred and scaled, squares can neither overflow nor cancel.
    centre, spread = float(ordered[len(ordered) // 2]), max(abs(float(ordered[0])), abs(float(ordered[-1])))
    atoms = _atoms(values, ordered, weights)
    atoms = _Atoms(atoms.weight, (atoms.total / spread) - atoms.weight * (centre / spread))
    return _lloyd(_first_palette(atoms, count), atoms) * spread + centre, False


def conditional_means(values: Array, weights: Array | None, indices: Array, entries: Array, /) -> Array:
    """The weighted mean of the values of each index; the entry itself where no weight has the index.

    Args:
        values: finite floats, 1-D.
        weights: at least 0; None: all alike.
        indices: unsigned, of the shape of values.
        entries: 1-D, the palette.

    Returns:
        float64, of the shape of entries.
    """
    weight, total = np.zeros(len(entries)), np.zeros(len(entries))
    for start in range(0, values.size, _TILE_ELEMENTS):
        part = slice(start, start + _TILE_ELEMENTS)
        share = None if weights is None else weights[part].astype(np.float64)
        weighted = values[part].astype(np.float64) if share is None else values[part] * share
        weight += np.bincount(indices[part], share, minlength=len(entries))
        total += np.bincount(indices[part], weighted, minlength=len(entries))
    return np.where(weight > 0, total / np.where(weight > 0, weight, 1), entries)


def _distinct(ordered: Array) -> Array:
    first = np.concatenate([[True], ordered[1:] != ordered[:-1]])
    return np.add(ordered[first], 0.0, dtype=np.float64)


def _weighty(values: Array, weights: Array) -> tuple[Array, Array | None]:
    """The values whose weight is positive; all of them, without weights, where there are none."""
    counts = weights > 0
    if counts.all():
        return values, weights
    return (values[counts], weights[counts]) if counts.any() else (values, None)


def _atoms(values: Array, ordered: Array, weights: Array | None) -> _Atoms:
    """Fine runs of the values, no two with values in common when they are weighted."""
    counted = np.arange(0, ordered.size, max(ordered.size // _FINE_RUNS, 1))
    low, high = float(ordered[0]), float(ordered[-1])
    widths = np.linspace(low, high, min(_FINE_RUNS, ordered.size), endpoint=False)
    starts = np.union1d(counted, np.searchsorted(ordered, widths.astype(ordered.dtype)))
    starts = starts[starts < ordered.size]
    if weights is None:
        return _Atoms(
            np.diff(starts, append=ordered.size).astype(np.float64),
            np.add.reduceat(ordered, starts, dtype=np.float64),
        )
    limits = np.unique(ordered[starts[1:] - 1])
    weight, total = np.zeros(len(limits) + 1), np.zeros(len(limits) + 1)
    for start in range(0, values.size, _TILE_ELEMENTS):
        part = values[start : start + _TILE_ELEMENTS]
        share = weights[start : start + _TILE_ELEMENTS].astype(np.float64)
        cell = np.empty(part.shape, np.uint16)
        count_below(part, limits, cell)
        weight += np.bincount(cell, share, minlength=len(weight))
        total += np.bincount(cell, part * share, minlength=len(weight))
    held = weight > 0
    return _Atoms(weight[held], total[held])


def _first_palette(atoms: _Atoms, count: int) -> Array:
    """The palette that Lloyd's iterations start from: optimal for coarser atoms, where that is affordable."""
    if count > _MOST_PROGRAMMED:
        starts = _companded(atoms, count)
        return atoms.merged(starts).mean
    coarse = atoms.merged(_companded(atoms, count * _ATOMS_PER_ENTRY))
    return coarse.merged(optimal_cells(coarse.weight, coarse.total, count)).mean


def _companded(atoms: _Atoms, count: int) -> Array:
    """Starts of at most `count` runs of atoms, as wide as the cells of a quantizer should be.

    At high rate optimal cells have widths proportional to density^(-1/3) (Panter and Dite 1951).
    """
    if len(atoms.weight) <= count:
        return np.arange(len(atoms.weight))
    width = np.gradient(atoms.mean)
    room = np.cumsum(np.cbrt(atoms.weight * np.square(width)))
    wanted = room[-1] * np.arange(1, count) / count
    return np.union1d([0], np.minimum(np.searchsorted(room, wanted) + 1, len(room) - 1))


def _lloyd(palette: Array, atoms: _Atoms) -> Array:
    """Move entries to the means of the atoms nearest to them until that changes nothing."""
    means = atoms.mean
    weight = np.concatenate([[0.0], np.cumsum(atoms.weight)])
    total = np.concatenate([[0.0], np.cumsum(atoms.total)])
    bounds = None
    for _ in range(_LLOYD_ITERATIONS):
        inner = np.searchsorted(means, (palette[:-1] + palette[1:]) / 2, side="right")
        new_bounds = np.concatenate([[0], inner, [len(means)]])
        if bounds is not None and np.array_equal(bounds, new_bounds):
            break
        bounds = new_bounds
        held = np.diff(weight[bounds])
        palette = np.where(held > 0, np.diff(total[bounds]) / np.where(held > 0, held, 1), palette)
    return palette


def optimal_cells(weight: Array, total: Array, count: int, /) -> Array:
    """Cut ascending atoms into at most `count` cells with the smallest sum of weighted squared errors.

    That is the largest sum of total² / weight over cells. The best start of the last cell moves up with its end, so
    each layer of the dynamic program is solved by halving: O(count · atoms · log atoms).

    Args:
        weight: of each atom, positive float64.
        total: weighted sum of each atom's values, float64.
        count: number of cells, at least 1.

    Returns:
        The first atom of each cell, ascending, from 0 on.
    """
    weights, totals = (np.concatenate([[0.0], np.cumsum(part)]) for part in (weight, total))
    atoms = len(weight)
    layers = np.zeros((count, atoms + 1), np.int32)
    gain = np.zeros(atoms + 1)
    gain[1:] = np.square(totals[1:]) / weights[1:]
    kernel = compiled("scalar_kmeans", count * atoms * max(atoms.bit_length(), 1))
    for cell in range(1, count):
        gain = (kernel.next_layer if kernel else next_layer)(gain, weights, totals, layers[cell])
    starts, end = [], atoms
    for cell in range(count - 1, -1, -1):
        end = int(layers[cell, end])
        starts.append(end)
        if end == 0:
            break
    return np.array(starts[::-1])


def next_layer(gain: Array, weights: Array, totals: Array, starts: Array, /) -> Array:
    """The best gains with one cell more.

    Args:
        gain: for each number of atoms, the best gain so far.
        weights: weight of so many atoms together.
        totals: weighted sum of so many atoms together.
        starts: int32, filled with the best start of the last cell.

    Returns:
        The new gains.
    """
    atoms = len(gain) - 1
    best = gain.copy()
    best[0] = 0.0
    step = 1 << (atoms.bit_length() - 1)
    while step:
        ends = np.arange(step, atoms + 1, 2 * step)
        lowest = starts[ends - step]
        after = ends + step
        highest = np.where(after <= atoms, starts[np.minimum(after, atoms)], atoms)
        highest = np.minimum(np.where(after <= atoms, highest, atoms), ends - 1)
        lengths = highest - lowest + 1
        first = np.cumsum(lengths) - lengths
        candidates = np.arange(lengths.sum()) + np.repeat(lowest - first, lengths)
        inner = np.repeat(totals[ends], lengths) - totals[candidates]
        reached = gain[candidates] + inner * inner / (np.repeat(weights[ends], lengths) - weights[candidates])
        best[ends] = np.maximum.reduceat(reached, first)
        hits = np.flatnonzero(reached == np.repeat(best[ends], lengths))
        starts[ends] = candidates[hits[np.searchsorted(hits, first)]]
        step //= 2
    return best
