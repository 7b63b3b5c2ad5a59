"""How scales and zero points lie over a quantized array: one for all, one for each entry of an axis, or for blocks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qmodel.dtypes import Array
from qmodel.errors import GraphError
from qmodel.runtime.axes import positive_axis


@dataclass(frozen=True, slots=True)
class Granularity:
    """Shapes that broadcast with each other.

    Attributes:
        view_shape: what to reshape the array to.
        parameter_shape: what to reshape a scale or zero point to.
        repeats: how often to repeat each entry of a parameter first, and along which axis, cut to what length; None
            for not at all.
    """

    view_shape: tuple[int, ...]
    parameter_shape: tuple[int, ...]
    repeats: tuple[int, int, int] | None = None

    def spread(self, parameter: Array, /) -> Array:
        """A scale or zero point, broadcastable to the view."""
        if self.repeats is None:
            return parameter.reshape(self.parameter_shape)
        count, axis, length = self.repeats
        whole = np.repeat(parameter, count, axis)
        return whole[(slice(None),) * axis + (slice(0, length),)]


def find_granularity(
    shape: tuple[int, ...], scale: Array, zero_point: Array | None, /, *, axis: int, block_size: int
) -> Granularity:
    """Work out what a scale and a zero point of the same shape belong to (ONNX, QuantizeLinear).

    Args:
        shape: of the array.
        scale: one number; a vector along the axis; or, with a block size, of the array's rank.
        zero_point: of the scale's shape, or None.
        axis: of the array, where there is more than one scale.
        block_size: entries of the axis that share a scale; 0 for no blocks.

    Raises:
        GraphError: the shapes, the axis or the block size do not fit.
    """
    if zero_point is not None and zero_point.shape != scale.shape and not zero_point.size == scale.size == 1:
        raise GraphError(f"the zero point must have the scale's shape {scale.shape}, got {zero_point.shape}")
    if scale.size == 1:
        return Granularity(shape, ())
    axis = positive_axis(axis, len(shape))
    if block_size:
        return _blocks(shape, scale.shape, axis, block_size)
    if scale.shape != (shape[axis],):
        raise GraphError(f"a scale of shape {scale.shape} does not fit axis {axis} of an array of shape {shape}")
    return Granularity(shape, (*(1,) * axis, scale.size, *(1,) * (len(shape) - axis - 1)))


def _blocks(shape: tuple[int, ...], given: tuple[int, ...], axis: int, block_size: int) -> Granularity:
    if block_size < 0:
        raise GraphError(f"block_size must not be negative, got {block_size}")
    length = shape[axis]
    count = -(-length // block_size)
    wanted = (*shape[:axis], count, *shape[axis + 1 :])
    if given != wanted:
        raise GraphError(f"blocks of {block_size} of an array of shape {shape} want a scale of {wanted}, got {given}")
    if length % block_size:
        return Granularity(shape, wanted, (block_size, axis, length))
    view = (*shape[:axis], count, block_size, *shape[axis + 1 :])
    return Granularity(view, (*shape[:axis], count, 1, *shape[axis + 1 :]))
