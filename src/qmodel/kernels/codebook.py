"""Looking up entries of palettes, and finding the nearest entry (spec/encodings/codebook.md)."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array, bits_of
from qmodel.kernels.dispatch import compiled
from qmodel.kernels.tiling import tiles

# NumPy looks up with 8-byte indices: a tile of them stays in a core's cache.
_TILE_ELEMENTS = 1 << 15
# With so few limits, comparing with all of them beats a search.
_FEW_LIMITS = 64


def lookup(indices: Array, entries: Array, /) -> Array:
    """The entry of each index.

    Args:
        indices: unsigned, below the number of entries; shape (groups, vectors of a group).
        entries: of any dtype; shape (groups, entries, vector length).

    Returns:
        An array of the dtype of entries and shape (groups, vectors of a group, vector length).
    """
    length = entries.shape[2]
    out = np.empty((*indices.shape, length), entries.dtype)
    # Bits are moved, whatever they mean: compiled code knows no 16-bit floats.
    bits, found = bits_of(entries), bits_of(out)
    kernel = compiled("codebook", out.size)
    if length == 1:
        bits, found = bits[..., 0], found[..., 0]
        (kernel.lookup_scalars if kernel else lookup_scalars)(indices, bits, found)
    else:
        (kernel.lookup_vectors if kernel else lookup_vectors)(indices, bits, found)
    return out


def lookup_scalars(indices: Array, entries: Array, out: Array, /) -> None:
    """Look up numbers: indices and out of shape (groups, elements), entries of shape (groups, entries)."""
    table = np.ascontiguousarray(entries).reshape(-1)
    for tile in tiles(indices.shape, _TILE_ELEMENTS):
        np.take(table, _in_one_table(indices, tile, entries.shape[1]), out=out[tile], mode="clip")


def lookup_vectors(indices: Array, entries: Array, out: Array, /) -> None:
    """Look up vectors: as `lookup_scalars`, with one axis more for entries and out."""
    table = np.ascontiguousarray(entries).reshape(-1, entries.shape[2])
    for tile in tiles(indices.shape, _TILE_ELEMENTS):
        np.take(table, _in_one_table(indices, tile, entries.shape[1]), axis=0, out=out[tile], mode="clip")


def nearest(values: Array, entries: Array, /) -> Array:
    """The index of the entry nearest to each value; the lowest such index.

    Args:
        values: finite float32 or float64, shape (groups, values of a group), or without groups.
        entries: finite, 1 to 65,536, of the dtype of values, in any order; shape (groups, entries), or without groups.

    Returns:
        uint8 or uint16, of the shape of values.
    """
    if values.ndim == 1:
        return nearest(values[None], entries[None]).reshape(-1)
    order = np.argsort(entries, axis=1, kind="stable")
    ascending = np.take_along_axis(entries, order, 1)
    positions = _first_positions(ascending, order)
    limits = np.empty((len(ascending), entries.shape[1] - 1), values.dtype)
    for tile in tiles((len(limits), 1), max(1, _TILE_ELEMENTS // entries.shape[1])):
        limits[tile[0]] = _limits(ascending[tile[0]].astype(np.float64), positions[tile[0]], values.dtype)
    index_type = np.uint8 if entries.shape[1] <= 256 else np.uint16
    below = np.empty(values.shape, index_type)
    kernel = compiled("codebook", values.size)
    (kernel.count_below if kernel else count_below)(values, limits, below)
    if np.array_equal(positions, np.broadcast_to(np.arange(entries.shape[1]), positions.shape)):
        return below
    return lookup(below, positions.astype(index_type)[..., None])[..., 0]


def count_below(values: Array, limits: Array, out: Array, /) -> None:
    """For each value, the number of its group's limits below it.

    Args:
        values: shape (groups, values of a group).
        limits: ascending, of the dtype of values, shape (groups, limits).
        out: unsigned, of the shape of values.
    """
    for tile in tiles(values.shape, _TILE_ELEMENTS):
        if limits.shape[1] <= _FEW_LIMITS:
            part, counts = values[tile], np.zeros(out[tile].shape, out.dtype)
            for limit in limits[tile[0]].T:
                counts += part > limit[:, None]
            out[tile] = counts
        else:
            for group in range(len(values))[tile[0]]:
                out[group, tile[1]] = np.searchsorted(limits[group], values[group, tile[1]], side="left")


def _in_one_table(indices: Array, tile: tuple[slice, ...], entry_count: int) -> Array:
    """Indices of a tile into the palettes of all groups, one after another."""
    part = indices[tile].astype(np.intp)
    part += (np.arange(len(indices))[tile[0]] * entry_count)[:, None]
    return part


def _first_positions(ascending: Array, order: Array) -> Array:
    """For each of the ascending entries the lowest index of an equal one; `order` holds their own."""
    repeats = np.zeros(order.shape, np.bool_)
    repeats[:, 1:] = ascending[:, 1:] == ascending[:, :-1]
    if not repeats.any():
        return order
    firsts = np.maximum.accumulate(np.where(repeats, 0, np.arange(order.shape[1])), axis=1)
    return np.take_along_axis(order, firsts, 1)


def _limits(ascending: Array, positions: Array, dtype: np.dtype[np.floating]) -> Array:
    """For each pair of neighbouring entries the largest number of a dtype that belongs to the lower one."""
    low, high = ascending[:, :-1] / 2, ascending[:, 1:] / 2
    middle = low + high
    shift = middle - low
    lost = (low - (middle - shift)) + (high - shift)  # what the sum lacks, exactly (Knuth's TwoSum)
    limits = middle.astype(dtype)
    tie_goes_up = (lost == 0) & (positions[:, 1:] < positions[:, :-1])
    too_high = (limits > middle) | ((limits == middle) & ((lost < 0) | tie_goes_up))
    limits = np.where(too_high, np.nextafter(limits, dtype.type(-np.inf)), limits)
    # Halves of the smallest subnormals are rounded; each entry stays nearest to itself.
    lower, upper = ascending[:, :-1].astype(dtype), ascending[:, 1:].astype(dtype)
    # Equal entries have the lower one's limit: what is nearest to them finds any of them.
    return np.clip(limits, lower, np.maximum(np.nextafter(upper, dtype.type(-np.inf)), lower))
