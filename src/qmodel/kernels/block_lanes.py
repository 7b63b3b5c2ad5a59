"""Blocks side by side: tiles of an array in which each block is a lane, so that loops over blocks use vectors.

The elements of a block lie down the first axis of a tile. A long block takes several lanes, its sums are then added up:
that keeps sums short enough for float32, and the loop over lanes long.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from qmodel.dtypes import Array
from qmodel.kernels.affine_residuals import CODE_SQUARED, PRODUCT, SQUARED, residual_sums, table_residual_sums
from qmodel.kernels.block_layout import BlockLayout
from qmodel.kernels.blocks import EvenRegion, Shape, even_regions
from qmodel.kernels.dispatch import compiled
from qmodel.kernels.float_residuals import FloatSpacing, float_residual_sums
from qmodel.kernels.tiling import tiles

_TILE_ELEMENTS = 1 << 17
_LONGEST_LANE = 512
_SUMS_OF_A_SEARCH = 8


@dataclass(frozen=True, slots=True)
class BlockLanes:
    """Some blocks of an array, all of one length.

    Attributes:
        values: shape (steps, lanes); the lanes of a block are a whole number of blocks apart.
        weights: like values, 0 in padding; None: all 1, and there is no padding but zeros.
        blocks: number of blocks.
        length: number of elements of a block.
    """

    values: Array
    weights: Array | None
    blocks: int
    length: int

    @classmethod
    def of(cls, elements: Array, weights: Array | None, /) -> BlockLanes:
        """From elements of shape (length of a block, blocks), C-contiguous."""
        length, blocks = elements.shape
        pieces = _pieces_of(length)
        steps = -(-length // pieces)
        if padding := steps * pieces - length:
            weights = np.ones_like(elements) if weights is None else weights
            elements, weights = (np.pad(array, ((0, padding), (0, 0))) for array in (elements, weights))
        lanes = (steps, pieces * blocks)
        return cls(elements.reshape(lanes), None if weights is None else weights.reshape(lanes), blocks, length)

    def sums(self, inverse: Array, zero: Array | None, /, *, minimum: float, maximum: float) -> Array:
        """`residual_sums` of each block, as float64 of shape (5, blocks); arguments have one number for each block."""
        zeros = None if zero is None else self._of_lanes(zero)
        sums = residual_sums(
            self.values, self.weights, self._of_lanes(inverse), zeros, minimum=minimum, maximum=maximum
        )
        return self._of_blocks(sums)

    def sums_of_table(self, inverse: Array, table: Array, /) -> Array:
        """Like `sums`, for codes that are the nearest numbers of an ascending table."""
        table = table.astype(self.values.dtype)
        return self._of_blocks(table_residual_sums(self.values, self.weights, self._of_lanes(inverse), table))

    def sums_of_floats(self, inverse: Array, spacing: FloatSpacing, /) -> Array:
        """Like `sums`, for codes that are the nearest small floats."""
        return self._of_blocks(float_residual_sums(self.values, self.weights, self._of_lanes(inverse), spacing))

    def sums_of_rounded(self, inverse: Array, rounded: Callable[[Array], Array], limit: float, /) -> Array:
        """Like `sums`, for codes that `rounded` makes of values · inverse, clipped to ±limit; in NumPy alone."""
        factors = self._of_lanes(inverse)
        sums = np.zeros((5, self.values.shape[1]), self.values.dtype)
        rows = max(1, _TILE_ELEMENTS // max(self.values.shape[1], 1))
        for start in range(0, len(self.values), rows):
            part = slice(start, start + rows)
            steps = self.values[part] * factors
            codes = rounded(np.clip(steps, -limit, limit))
            residuals = steps - codes
            weighted, weighted_codes = residuals, codes
            if self.weights is not None:
                weighted, weighted_codes = residuals * self.weights[part], codes * self.weights[part]
            sums[SQUARED] += np.einsum("sl,sl->l", weighted, residuals)
            sums[PRODUCT] += np.einsum("sl,sl->l", weighted, codes)
            sums[CODE_SQUARED] += np.einsum("sl,sl->l", weighted_codes, codes)
        return self._of_blocks(sums)

    @property
    def total_weight(self) -> Array:
        """Sum of the weights of each block, float64."""
        if self.weights is None:
            return np.full(self.blocks, float(self.length))
        return np.asarray(self._of_blocks(self.weights.sum(axis=0, keepdims=True))[0])

    def extremes(self) -> tuple[Array, Array]:
        """Smallest and largest of each block and 0, as float64."""
        low, high = (ends.reshape(-1, self.blocks) for ends in (self.values.min(axis=0), self.values.max(axis=0)))
        return np.minimum(low.min(axis=0), 0).astype(np.float64), np.maximum(high.max(axis=0), 0).astype(np.float64)

    def _of_lanes(self, of_blocks: Array) -> Array:
        """Numbers of blocks as numbers of lanes."""
        converted, pieces = of_blocks.astype(self.values.dtype), self.values.shape[1] // self.blocks
        return converted if pieces == 1 else np.tile(converted, pieces)

    def _of_blocks(self, of_lanes: Array) -> Array:
        """Rows of sums over lanes as float64 sums over blocks."""
        if of_lanes.shape[1] == self.blocks:
            return of_lanes.astype(np.float64)
        by_block = of_lanes.reshape(len(of_lanes), -1, self.blocks)
        return np.asarray(by_block.sum(axis=1, dtype=np.float64))


def over_blocks(
    work: Callable[..., tuple[Array, ...]],
    values: Array,
    weights: Array | None,
    block_shape: Shape,
    /,
    *,
    of_blocks: Sequence[Array] = (),
    results: int,
    dtype: DTypeLike = np.float64,
) -> tuple[Array, ...]:
    """Apply work to all blocks of an array, a cache full at a time.

    Args:
        work: gets `BlockLanes` and, for each array of `of_blocks`, its numbers for these blocks; gives `results` arrays
            of one number for each.
        values: float32 or float64, any shape, not empty.
        weights: of the shape of values; None: all 1.
        block_shape: length of a block along each axis of values.
        of_blocks: arrays with one number for each block.
        results: number of arrays that work gives.
        dtype: what their numbers are kept as.

    Returns:
        What work gave, as arrays of the shape of the blocks.
    """
    compiled("affine_residuals", values.size * _SUMS_OF_A_SEARCH)  # tiles alone would look too small for it
    layout = BlockLayout.of(values.shape, block_shape)
    outs = tuple(np.empty(layout.counts, dtype) for _ in range(results))
    whole = [layout.elements(array) for array in (values, weights) if array is not None]
    given = [layout.blocks(array) for array in of_blocks]
    for region in even_regions(layout.shape, layout.block_shape):
        views = [_lanes_last(region, array) for array in whole]
        rank = len(layout.shape)
        length = prod(views[0].shape[:rank])
        for tile in tiles(views[0].shape[rank:], max(1, _TILE_ELEMENTS // length)):
            whole_blocks: tuple[Any, ...] = (..., *tile)
            elements = [np.ascontiguousarray(view[whole_blocks], values.dtype).reshape(length, -1) for view in views]
            lanes = BlockLanes.of(elements[0], elements[1] if weights is not None else None)
            parts = [array[region.block_slices][tile].reshape(-1) for array in given]
            for out, result in zip(outs, work(lanes, *parts), strict=True):
                target = out[region.block_slices][tile]
                target[...] = result.reshape(target.shape)
    counts = tuple(-(-n // b) for n, b in zip(values.shape, block_shape, strict=True))
    return tuple(out.reshape(counts) for out in outs)


def _lanes_last(region: EvenRegion, array: Array) -> Array:
    """A view of a region: the axes inside blocks, then those that count blocks."""
    elements = region.elements(array)
    return elements.transpose(*range(1, elements.ndim, 2), *range(0, elements.ndim, 2))


def _pieces_of(length: int) -> int:
    """The number of lanes for a block: one that divides it, when there is one nearby, so that nothing is padded."""
    fewest = -(-length // _LONGEST_LANE)
    return next((pieces for pieces in range(fewest, 4 * fewest + 1) if length % pieces == 0), fewest)
