"""Arrays by blocks with as few axes as describe the same blocks, so that loops over them are long."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qmodel.dtypes import Array
from qmodel.kernels.blocks import Shape, block_counts, merge_axes


@dataclass(frozen=True, slots=True)
class BlockLayout:
    """The shape of an array and its blocks with as few axes as can be, but one at least."""

    shape: Shape
    block_shape: Shape

    @classmethod
    def of(cls, shape: Shape, block_shape: Shape, /) -> BlockLayout:
        """The layout of an array of a shape, given the length of a block along each axis."""
        return cls(*merge_axes(shape or (1,), block_shape or (1,)))

    @property
    def counts(self) -> Shape:
        """Number of blocks along each axis."""
        return block_counts(self.shape, self.block_shape)

    def elements(self, array: Array, /) -> Array:
        """An array with one element for each of the whole's."""
        return np.ascontiguousarray(array).reshape(self.shape)

    def blocks(self, array: Array, /) -> Array:
        """An array with one element for each block."""
        return np.ascontiguousarray(array).reshape(self.counts)
