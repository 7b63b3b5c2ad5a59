"""Looking up entries of palettes, and finding the nearest entry (spec/encodings/codebook.md)."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array, bits_of
from qmodel.kernels.dispatch import compiled
from qmodel.kernels.tiling import tiles

# NumPy looks up with 8-byte indices: a tile of them stays in a core's cache.
_TILE_ELEMENTS = 1 << 15


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
        values: finite float32 or float64, 1-D.
        entries: finite, 1 to 65,536, of the dtype of values, in any order.

    Returns:
        uint8 or uint16, of the shape of values.
    """
    ascending, positions = np.unique(entries, return_index=True)
    below = np.empty(values.shape, np.uint8 if len(ascending) <= 256 else np.uint16)
    limits = _limits(ascending.astype(np.float64), positions, values.dtype)
    kernel = compiled("codebook", values.size)
    (kernel.count_below if kernel else count_below)(values, limits, below)
    index_type = np.uint8 if len(entries) <= 256 else np.uint16
    if np.array_equal(positions, np.arange(len(positions))):
        return below.astype(index_type, copy=False)
    return np.take(positions.astype(index_type), below)


def count_below(values: Array, limits: Array, out: Array, /) -> None:
    """For each value, the number of limits below it; limits ascend, and have the dtype of values."""
    for (tile,) in tiles(values.shape, _TILE_ELEMENTS):
        out[tile] = np.searchsorted(limits, values[tile], side="left")


def _in_one_table(indices: Array, tile: tuple[slice, ...], entry_count: int) -> Array:
    """Indices of a tile into the palettes of all groups, one after another."""
    part = indices[tile].astype(np.intp)
    part += (np.arange(len(indices))[tile[0]] * entry_count)[:, None]
    return part


def _limits(ascending: Array, positions: Array, dtype: np.dtype[np.floating]) -> Array:
    """For each pair of neighbouring entries the largest number of a dtype that belongs to the lower one."""
    low, high = ascending[:-1] / 2, ascending[1:] / 2
    middle = low + high
    shift = middle - low
    lost = (low - (middle - shift)) + (high - shift)  # what the sum lacks, exactly (Knuth's TwoSum)
    limits = middle.astype(dtype)
    tie_goes_up = (lost == 0) & (positions[1:] < positions[:-1])
    too_high = (limits > middle) | ((limits == middle) & ((lost < 0) | tie_goes_up))
    limits = np.where(too_high, np.nextafter(limits, dtype.type(-np.inf)), limits)
    # Halves of the smallest subnormals are rounded; each entry stays nearest to itself.
    lower, upper = ascending[:-1].astype(dtype), ascending[1:].astype(dtype)
    return np.clip(limits, lower, np.nextafter(upper, dtype.type(-np.inf)))
