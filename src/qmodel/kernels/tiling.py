"""Cut an array's axes into tiles that fit a cache."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from math import prod

CACHE_BYTES = 4 << 20


def tiles(shape: Sequence[int], elements_per_tile: int, /) -> Iterator[tuple[slice, ...]]:
    """Slices, one for each axis, that together cover an array with at most `elements_per_tile` elements a tile.

    Inner axes stay whole as long as they fit, and where one does not, the axes outside it are cut into single entries:
    a tile of a C-contiguous array is one run of memory. Pieces of an axis differ in length by at most one, as a short
    last piece would waste a matrix product. A tile holds at least one element.
    """
    if 0 < prod(shape) <= elements_per_tile:
        return iter((tuple(slice(0, length) for length in shape),))
    remaining = max(1, elements_per_tile)
    pieces: list[list[slice]] = []
    for length in reversed(shape):
        step = min(length, remaining)
        remaining = max(1, remaining // max(1, step))
        pieces.insert(0, _even_slices(length, step))
    return itertools.product(*pieces)


def _even_slices(length: int, longest: int, /) -> list[slice]:
    """Slices that cover `length` entries with at most `longest` each, and differ in length by at most one."""
    if length == 0:
        return []
    count = -(-length // longest)
    bounds = [length * piece // count for piece in range(count + 1)]
    return [slice(start, stop) for start, stop in itertools.pairwise(bounds)]
