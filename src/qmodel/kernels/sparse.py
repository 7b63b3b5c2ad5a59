"""Patterns of kept positions, and arrays that are zero elsewhere (spec/encodings/sparse.md).

Values are bits: unsigned integers of any width, so that zero is all bits zero in every type, and nothing is rounded.

There is no compiled twin: by tiles that stay in a core's cache NumPy expands 600 to 1,400 million elements a second,
and a compiled loop without branches measured at most twice that.
"""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array

# A tile's mask, indices and values stay in a core's cache.
_TILE_ELEMENTS = 1 << 16


def expand_bitmap(bitmap: Array, values: Array, /) -> Array:
    """Put values where a bitmap is set.

    Args:
        bitmap: bool, one axis.
        values: one for each set bit, in order.

    Returns:
        An array of the length of bitmap and the dtype of values, zero elsewhere.
    """
    out = np.zeros(bitmap.size, values.dtype)
    taken = 0
    for start in range(0, bitmap.size, _TILE_ELEMENTS):
        # Indices first: assigning through a mask takes four times as long, since its branches cannot be foreseen.
        places = np.flatnonzero(bitmap[start : start + _TILE_ELEMENTS])
        out[start : start + _TILE_ELEMENTS][places] = values[taken : taken + places.size]
        taken += places.size
    return out


def expand_gaps(gaps: Array, values: Array, size: int, /) -> Array:
    """Put values at positions that are given by the gaps between them.

    Args:
        gaps: unsigned integers, for which `gaps_fit` holds: distance from the position before, minus one; the first
            counts from −1.
        values: one for each gap.
        size: length of the result.

    Returns:
        An array of `size` elements of the dtype of values, zero elsewhere.
    """
    out = np.zeros(size, values.dtype)
    last = -1
    for start in range(0, gaps.size, _TILE_ELEMENTS):
        positions = np.cumsum(gaps[start : start + _TILE_ELEMENTS], dtype=np.intp)
        positions += np.arange(last + 1, last + 1 + positions.size)
        out[positions] = values[start : start + _TILE_ELEMENTS]
        last = int(positions[-1])
    return out


def expand_groups(positions: Array, values: Array, n: int, m: int, /) -> Array:
    """Put n values into each group of m elements.

    Args:
        positions: unsigned integers below m, n for each group, without repeats inside one.
        values: one for each position.
        n: number of kept elements of a group.
        m: length of a group.

    Returns:
        An array of positions.size / n · m elements of the dtype of values, zero elsewhere.
    """
    groups = positions.size // n
    out = np.zeros(groups * m, values.dtype)
    tile = max(_TILE_ELEMENTS // m, 1)
    group_starts = np.arange(0, tile * m, m)[:, np.newaxis]
    for first in range(0, groups, tile):
        inside = slice(first * n, (first + tile) * n)
        places = positions[inside].reshape(-1, n)
        out[first * m : (first + tile) * m][places + group_starts[: len(places)]] = values[inside].reshape(-1, n)
    return out


def gaps_fit(gaps: Array, size: int, /) -> bool:
    """Whether the last position is below `size`, which is at most 2^60; no sum overflows whatever the gaps are."""
    if not gaps.size:
        return True
    if int(gaps.max()) >= size:
        return False
    piece = np.iinfo(np.int64).max // size
    total = sum(int(gaps[start : start + piece].sum(dtype=np.int64)) for start in range(0, gaps.size, piece))
    return total + gaps.size <= size


def places_ascend(positions: Array, n: int, m: int, /) -> bool:
    """Whether the n places of each group are below m and strictly ascending."""
    groups = positions.reshape(-1, n)
    return bool((groups[:, -1] < m).all() and (groups[:, 1:] > groups[:, :-1]).all())


def kept_values(bitmap: Array, values: Array, /) -> Array:
    """The values where a bitmap is set; the opposite of `expand_bitmap`. Both have one axis."""
    kept = np.empty(int(np.count_nonzero(bitmap)), values.dtype)
    taken = 0
    for start in range(0, bitmap.size, _TILE_ELEMENTS):
        places = np.flatnonzero(bitmap[start : start + _TILE_ELEMENTS])
        kept[taken : taken + places.size] = values[start : start + _TILE_ELEMENTS][places]
        taken += places.size
    return kept


def gaps_of(bitmap: Array, /) -> Array:
    """The gaps between the set bits of a bitmap of one axis, as the narrowest unsigned integers of whole bytes."""
    pieces = [np.empty(0, np.uint8)]
    last = -1
    for start in range(0, bitmap.size, _TILE_ELEMENTS):
        positions = np.flatnonzero(bitmap[start : start + _TILE_ELEMENTS])
        if positions.size:
            positions += start
            gaps = np.diff(positions, prepend=last)
            gaps -= 1
            pieces.append(gaps.astype(np.min_scalar_type(int(gaps.max()))))
            last = int(positions[-1])
    return np.concatenate(pieces)


def places_of(bitmap: Array, m: int, /) -> Array:
    """The places of the set bits of a bitmap of one axis in their groups of m; uint8."""
    pieces = [np.empty(0, np.uint8)]
    tile = _TILE_ELEMENTS // m * m
    for start in range(0, bitmap.size, tile):
        places = np.flatnonzero(bitmap[start : start + tile])
        places %= m
        pieces.append(places.astype(np.uint8))
    return np.concatenate(pieces)
