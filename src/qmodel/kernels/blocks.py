"""Views of an array by blocks: the n-D blocks that share one scale, whatever remains at the edges.

The blocks of an array of shape (n0, n1, …) have lengths (b0, b1, …); the block at the end of an axis is shorter when
b does not divide n. There are ceil(n/b) blocks along each axis.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any, cast

from qmodel.dtypes import Array

Shape = tuple[int, ...]


def block_counts(shape: Shape, block_shape: Shape, /) -> Shape:
    """Number of blocks along each axis."""
    return tuple(-(-length // block) for length, block in zip(shape, block_shape, strict=True))


def merge_axes(shape: Shape, block_shape: Shape, /) -> tuple[Shape, Shape]:
    """The fewest axes that describe the same blocks of the same row-major array.

    Two neighbouring axes are one when the inner one is a single block, or the outer one has blocks of length 1 and
    the inner one is divided evenly.

    Returns:
        The merged shape and the merged block shape.
    """
    merged_shape: list[int] = []
    merged_block: list[int] = []
    for length, block in zip(shape, block_shape, strict=True):
        if merged_shape and block == length:
            merged_shape[-1] *= length
            merged_block[-1] *= length
        elif merged_shape and merged_block[-1] == 1 and length % block == 0:
            merged_shape[-1] *= length
            merged_block[-1] = block
        else:
            merged_shape.append(length)
            merged_block.append(block)
    return tuple(merged_shape), tuple(merged_block)


@dataclass(frozen=True, slots=True)
class EvenRegion:
    """A part of an array whose axes the blocks divide evenly."""

    element_slices: tuple[slice, ...]
    element_shape: Shape
    block_slices: tuple[slice, ...]
    broadcast_shape: Shape

    def elements(self, array: Array, /) -> Array:
        """A view of the region: shape (n0/b0, b0, n1/b1, b1, …)."""
        return _part(array, self.element_slices).reshape(self.element_shape)

    def blocks(self, array: Array, /) -> Array:
        """A view of the region's part of an array of blocks, broadcasting: shape (n0/b0, 1, n1/b1, 1, …)."""
        return _part(array, self.block_slices).reshape(self.broadcast_shape)


def even_regions(shape: Shape, block_shape: Shape, /) -> Iterator[EvenRegion]:
    """Cut an array into at most 2^rank regions: the whole blocks, and what remains at the end of each axis."""
    for region in product(*map(_even_ranges, shape, block_shape)):
        block_starts = zip(region, block_shape, strict=True)
        yield EvenRegion(
            element_slices=tuple(slice(start, stop) for start, stop, _ in region),
            element_shape=tuple(length for start, stop, b in region for length in ((stop - start) // b, b)),
            block_slices=tuple(slice(start // b, -(-stop // b)) for (start, stop, _), b in block_starts),
            broadcast_shape=tuple(length for start, stop, b in region for length in ((stop - start) // b, 1)),
        )


def _even_ranges(length: int, block: int) -> list[tuple[int, int, int]]:
    """The part of an axis that whole blocks cover, and the rest: (start, stop, block length)."""
    even = length // block * block
    ranges = [(0, even, block), (even, length, length - even)]
    return [(start, stop, block) for start, stop, block in ranges if stop > start]


def _part(array: Array, slices: tuple[slice, ...]) -> Array:
    """A view, also of a 0-d array, which plain indexing would turn into a number."""
    index: tuple[Any, ...] = (*slices, ...)
    return cast(Array, array[index])
