"""Optimal palettes of numbers: k-means in one dimension, which sorting makes exact and quick.

Optimal cells are intervals, so dynamic programming over sorted atoms finds them (Wu 1991, "Optimal quantization by
matrix searching"; Wang and Song 2011, "Ckmeans.1d.dp"). Atoms are runs of the sorted values: some thousands are enough
to come near the optimum, from where Lloyd's iterations (Lloyd 1982) go the rest of the way, with momentum (Nesterov
1983; restarts as in O'Donoghue and Candès 2015): alone they take hundreds where entries are many.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from qmodel.dtypes import Array
from qmodel.kernels.dispatch import compiled

# Bins of equal width, unless so much of the weight is in one that it might hold several cells.
_BINS = 1 << 16
_LARGEST_SHARE_OF_A_CELL = 1 / 4
_WORTH_BINNING = 1 << 13
# Runs of equal count, and as many of equal width, where bins of equal width are not good enough.
_RUNS = 1 << 13
# Atoms for each entry in dynamic programming: more change the error by less than a thousandth for most weights. Where
# that would be many atoms, fewer: with many entries the error changes by less than a hundredth.
_ATOMS_PER_ENTRY, _ATOMS, _FEWEST_ATOMS_PER_ENTRY = 12, 768, 4
# With outliers it may be a hundredth, as few atoms leave open how many entries these should have. So there are more
# where they take no longer than the rest: atoms times entries at most the number of values.
_MOST_ATOMS = 1 << 12
_MOST_PROGRAMMED = 256
_SMALLEST_WEIGHT = 2.0**-48
_LLOYD_ITERATIONS = 400
# Smooth iterations stop after so many, or where entries move by so little of the widths of their cells, both squared.
# One iteration costs about what the rest does for so many values.
_SMOOTH_ITERATIONS, _VALUES_PER_ITERATION = 200, 1 << 10
_SMALLEST_CHANGE = 1e-10
# With so few atoms, trying all pairs is quicker than halving.
_FEW_ATOMS = 200
_GAP_ITERATIONS = 8
_TILE_ELEMENTS = 1 << 18


@dataclass(frozen=True, slots=True)
class _Atoms:
    """Runs of sorted values: the weight of each, positive, and the weighted sum of its values; float64."""

    weight: Array
    total: Array

    def weighty(self) -> _Atoms:
        """Without atoms that weigh so little that sums may not change with them."""
        held = self.weight > _SMALLEST_WEIGHT * self.weight.sum()
        return self if held.all() else _Atoms(self.weight[held], self.total[held])

    @property
    def mean(self) -> Array:
        return self.total / self.weight

    def merged(self, starts: Array) -> _Atoms:
        return _Atoms(np.add.reduceat(self.weight, starts), np.add.reduceat(self.total, starts))

    def error(self, palette: Array) -> float:
        """The weighted squared error of a palette, but for a term that is the same for all palettes."""
        palette = np.sort(palette)  # rounding may swap entries of tiny cells
        ends = np.searchsorted(self.mean, (palette[:-1] + palette[1:]) / 2, side="right")
        nearest = np.repeat(palette, np.diff(ends, prepend=0, append=len(self.weight)))
        return float((nearest * (nearest * self.weight - 2 * self.total)).sum())


def optimal_palette(values: Array, weights: Array | None, count: int, /, *, palettes: int = 1) -> tuple[Array, bool]:
    """A palette with about the smallest weighted squared error.

    Args:
        values: finite floats, 1-D, at least one.
        weights: of each squared error, at least 0 and finite; None: all alike.
        count: number of entries wanted, at least 1.
        palettes: how many such palettes are being made; whether compiling pays depends on it, nothing else.

    Returns:
        Ascending float64, at most `count`; and whether these are exactly the distinct values, which they are where
        there are no more.
    """
    if len(np.unique(values[: 4 * count])) <= count and len(distinct := np.unique(values)) <= count:
        return distinct.astype(np.float64) + 0.0, True
    if weights is not None:
        values, weights = _weighty(values, weights)
    low, high = float(values.min()), float(values.max())
    if low == high:
        return np.array([low]), False
    atoms = _binned(values, weights, low, high, _LARGEST_SHARE_OF_A_CELL / count)
    atoms = (_runs(values, weights) if atoms is None else atoms).weighty()
    # Centred and scaled, squares can neither overflow nor cancel.
    centre, spread = low / 2 + high / 2, max(-low, high)
    atoms = _Atoms(atoms.weight, atoms.total / spread - atoms.weight * (centre / spread))
    first = _first_palette(atoms, count, palettes, values.size)
    palette = _lloyd(first, atoms)
    if len(atoms.weight) > _ATOMS:  # else the first is optimal but for its last digits
        smooth = _smooth_lloyd(first, atoms, min(values.size // _VALUES_PER_ITERATION, _SMOOTH_ITERATIONS))
        palette = min(palette, _lloyd(smooth, atoms), key=atoms.error)
    return np.unique(palette * spread + centre), False  # runs of one value may have been cut in two


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
    weight, total = _sums(values, weights, lambda tile: indices[tile], len(entries))
    return np.where(weight > 0, total / np.where(weight > 0, weight, 1), entries)


def _weighty(values: Array, weights: Array) -> tuple[Array, Array | None]:
    """The values whose weight is positive; all of them, without weights, where there are none."""
    counts = weights > 0
    if counts.all():
        return values, weights
    return (values[counts], weights[counts]) if counts.any() else (values, None)


def _binned(values: Array, weights: Array | None, low: float, high: float, largest_share: float) -> _Atoms | None:
    """Bins of equal width; None where one has more than a share of all weight, or there are too many for the values."""
    smallest, largest = float(np.finfo(values.dtype).tiny), float(np.finfo(values.dtype).max)
    if values.size < _WORTH_BINNING or not smallest * _BINS < high - low <= largest:
        return None
    factor = values.dtype.type(_BINS / (high - low))
    start = values.dtype.type(low)

    # Each operation is monotonic, rounding included, so bins follow each other and do not overlap.
    def bins_of(tile: slice) -> Array:
        steps: Array = (values[tile] - start) * factor
        return np.minimum(steps.astype(np.intp), _BINS - 1)

    atoms = _Atoms(*_sums(values, weights, bins_of, _BINS))
    if atoms.weight.max() > largest_share * atoms.weight.sum():
        return None
    return atoms


def _runs(values: Array, weights: Array | None) -> _Atoms:
    """Runs of the sorted values, of equal count or equal width."""
    if weights is None:
        ordered = np.sort(values)
        starts = _run_starts(ordered)
        return _Atoms(np.diff(starts, append=values.size) * 1.0, np.add.reduceat(ordered, starts, dtype=np.float64))
    order = np.argsort(values, kind="stable")
    ordered, shares = values[order], weights[order].astype(np.float64)
    starts = _run_starts(ordered)
    return _Atoms(np.add.reduceat(shares, starts), np.add.reduceat(ordered * shares, starts))


def _run_starts(ordered: Array) -> Array:
    if ordered.size <= _RUNS:
        return np.arange(ordered.size)
    counted = np.arange(0, ordered.size, ordered.size // _RUNS)
    widths = np.linspace(float(ordered[0]), float(ordered[-1]), _RUNS, endpoint=False, dtype=ordered.dtype)
    return np.union1d(counted, np.searchsorted(ordered, widths))


def _sums(values: Array, weights: Array | None, atoms_of: Callable[[slice], Array], count: int) -> tuple[Array, Array]:
    """The weight of each atom, and the weighted sum of its values."""
    weight, total = np.zeros(count), np.zeros(count)
    for start in range(0, values.size, _TILE_ELEMENTS):
        tile = slice(start, start + _TILE_ELEMENTS)
        atoms, share = atoms_of(tile), None if weights is None else weights[tile].astype(np.float64)
        weight += np.bincount(atoms, share, minlength=count)
        total += np.bincount(atoms, values[tile] if share is None else values[tile] * share, minlength=count)
    return weight, total


def _first_palette(atoms: _Atoms, count: int, palettes: int, size: int) -> Array:
    """The palette that Lloyd's iterations start from: optimal for coarser atoms, where that is affordable."""
    if count > _MOST_PROGRAMMED:
        starts = _companded(atoms, count)
        return atoms.merged(starts).mean
    coarse = atoms
    if len(atoms.weight) > _ATOMS:
        affordable = min(size // count, _MOST_ATOMS)
        wanted = max(min(count * _ATOMS_PER_ENTRY, _ATOMS), count * _FEWEST_ATOMS_PER_ENTRY, affordable)
        coarse = atoms.merged(_companded(atoms, wanted))
    return coarse.merged(optimal_cells(coarse.weight, coarse.total, count, palettes=palettes)).mean


def _companded(atoms: _Atoms, count: int) -> Array:
    """Starts of at most `count` runs of atoms, as wide as the cells of a quantizer should be.

    At high rate optimal cells have widths proportional to density^(-1/3) (Panter and Dite 1951).
    """
    if len(atoms.weight) <= count:
        return np.arange(len(atoms.weight))
    room = np.cbrt(atoms.weight * np.square(np.gradient(atoms.mean)))
    for _ in range(_GAP_ITERATIONS):  # no atom needs more than one run: gaps beside outliers must not use them up
        room = np.minimum(room, room.sum() / count)
    room = np.cumsum(room)
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


def _smooth_lloyd(palette: Array, atoms: _Atoms, iterations: int) -> Array:
    """As `_lloyd`, but cells may end within an atom, whose weight is spread evenly as far as halfway to its neighbours.

    Where cells end between atoms, small steps change nothing, so that entries stick before they are where they should.
    """
    means = atoms.mean
    edges = np.concatenate([means[:1], (means[:-1] + means[1:]) / 2, means[-1:]])
    weight = np.concatenate([[0.0], np.cumsum(atoms.weight)])
    total = np.concatenate([[0.0], np.cumsum(atoms.total)])
    ahead, since_restart = palette, 0
    for _ in range(iterations):
        ends = (ahead[:-1] + ahead[1:]) / 2
        held = np.diff(np.interp(ends, edges, weight), prepend=0.0, append=weight[-1])
        sums = np.diff(np.interp(ends, edges, total), prepend=0.0, append=total[-1])
        moved = np.where(held > 0, sums / np.where(held > 0, held, 1), ahead)
        moved = np.sort(np.clip(moved, means[0], means[-1]))  # of tiny cells rounding leaves anything
        before, palette, change = palette, moved, moved - ahead
        widths = np.diff(ends, prepend=means[0], append=means[-1])
        if (held * np.square(change)).sum() <= _SMALLEST_CHANGE * (held * np.square(widths)).sum():
            break
        if (held * change * (palette - before)).sum() < 0:
            since_restart = 0
        ahead = palette + since_restart / (since_restart + 3) * (palette - before)
        since_restart += 1
        if (np.diff(ahead) < 0).any():
            ahead, since_restart = palette, 0
    return palette


def optimal_cells(weight: Array, total: Array, count: int, /, *, palettes: int = 1) -> Array:
    """Cut ascending atoms into at most `count` cells with the smallest sum of weighted squared errors.

    That is the largest sum of total² / weight over cells. The best start of the last cell moves up with its end, so
    each layer of the dynamic program can be solved by halving: O(count · atoms · log atoms).

    Args:
        weight: of each atom, positive float64.
        total: weighted sum of each atom's values, float64.
        count: number of cells, at least 1.
        palettes: as for `optimal_palette`.

    Returns:
        The first atom of each cell, ascending, from 0 on.
    """
    weights, totals = (np.concatenate([[0.0], np.cumsum(part)]) for part in (weight, total))
    atoms = len(weight)
    layers = np.zeros((count, atoms + 1), np.int32)
    gain = np.zeros(atoms + 1)
    gain[1:] = np.square(totals[1:]) / weights[1:]
    if atoms <= _FEW_ATOMS:
        _few_atoms(gain, weights, totals, layers)
    else:
        _many_atoms(gain, weights, totals, layers, palettes)
    starts, end = [], atoms
    for cell in range(count - 1, -1, -1):
        end = int(layers[cell, end])
        starts.append(end)
        if end == 0:
            break
    return np.array(starts[::-1])


def _few_atoms(gain: Array, weights: Array, totals: Array, layers: Array) -> None:
    """Fill the layers from all pairs of a start and an end."""
    ends, starts = np.tril_indices(len(gain), -1)
    cells = np.full((len(gain), len(gain)), -np.inf)
    cells[ends, starts] = np.square(totals[ends] - totals[starts]) / (weights[ends] - weights[starts])
    for layer in layers[1:]:
        reached = cells + gain
        layer[1:] = reached[1:].argmax(axis=1)
        gain[1:] = reached.max(axis=1)[1:]


def _many_atoms(gain: Array, weights: Array, totals: Array, layers: Array, palettes: int) -> None:
    """Fill the layers by halving."""
    atoms = len(gain) - 1
    # NumPy takes about eight times as long for a candidate as other kernels do for an element.
    kernel = compiled("scalar_kmeans", 8 * palettes * len(layers) * atoms * atoms.bit_length())
    for layer in layers[1:]:
        gain = (kernel.next_layer if kernel else next_layer)(gain, weights, totals, layer)


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
