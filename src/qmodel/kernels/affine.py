"""Affine quantization of arrays by blocks (spec/encodings/affine.md): the arithmetic, without any search for scales.

All arithmetic is in the float type of the scale, binary32 or binary64, each operation rounded once to nearest, ties to
even, so that every implementation gets the same bits.

There is no compiled twin: NumPy's own loops run these at the speed of memory, and a compiled loop measured no faster.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from qmodel.dtypes import Array
from qmodel.kernels.blocks import Shape, block_counts, merge_axes, tiles


@dataclass(frozen=True, slots=True)
class _Layout:
    """The shape of an array and its blocks with as few axes as can be, but one at least."""

    shape: Shape
    block_shape: Shape

    @classmethod
    def of(cls, shape: Shape, block_shape: Shape) -> _Layout:
        return cls(*merge_axes(shape or (1,), block_shape or (1,)))

    def elements(self, array: Array) -> Array:
        return np.ascontiguousarray(array).reshape(self.shape)

    def blocks(self, array: Array) -> Array:
        return np.ascontiguousarray(array).reshape(block_counts(self.shape, self.block_shape))


def dequantize(codes: Array, scale: Array, zero_point: Array | None, block_shape: Shape, /) -> Array:
    """Compute scale · (codes − zero_point), block by block.

    Args:
        codes: integers of at most 32 bits, or floats of the dtype of scale; any shape.
        scale: float32 or float64, one for each block: shape ceil(codes.shape / block_shape).
        zero_point: like codes, but of the shape of scale; None: zero.
        block_shape: length of a block along each axis of codes.

    Returns:
        An array of the shape of codes and the dtype of scale.
    """
    layout = _Layout.of(codes.shape, block_shape)
    out = np.empty(layout.shape, scale.dtype)
    code_array, scale_blocks = layout.elements(codes), layout.blocks(scale)
    zero_blocks = None if zero_point is None else layout.blocks(zero_point)
    for tile in tiles(layout.shape, layout.block_shape):
        out_tile, code_tile, scale_tile = tile.elements(out), tile.elements(code_array), tile.blocks(scale_blocks)
        if zero_blocks is None:
            np.multiply(code_tile, scale_tile, out=out_tile, dtype=out.dtype, casting="unsafe")
        else:
            out_tile[...] = _difference(code_tile, tile.blocks(zero_blocks), out.dtype)
            out_tile *= scale_tile
    return out.reshape(codes.shape)


def quantize(
    values: Array, scale: Array, zero_point: Array | None, block_shape: Shape, /, *, minimum: int, maximum: int
) -> Array:
    """Compute clip(round(values / scale) + zero_point), block by block; ties to even; zero_point where scale is 0.

    Args:
        values: finite float32 or float64, any shape.
        scale: of the same dtype, one for each block.
        zero_point: integers of the shape of scale; None: zero.
        block_shape: length of a block along each axis of values.
        minimum: smallest code, −128 or more.
        maximum: largest code, 127 when minimum is negative, else at most 255.

    Returns:
        int8 when minimum is negative, else uint8; of the shape of values.
    """
    codes = np.empty(values.shape, np.int8 if minimum < 0 else np.uint8)
    if not values.size:
        return codes
    layout = _Layout.of(values.shape, block_shape)
    divisor = layout.blocks(np.where(scale == 0, np.array(np.inf, scale.dtype), scale))
    zero_blocks = None if zero_point is None else layout.blocks(zero_point).astype(values.dtype)
    value_array, code_array = layout.elements(values), codes.reshape(layout.shape)
    for tile in tiles(layout.shape, layout.block_shape):
        steps = tile.elements(value_array) / tile.blocks(divisor)
        np.rint(steps, out=steps)
        if zero_blocks is not None:
            steps += tile.blocks(zero_blocks)
        np.clip(steps, minimum, maximum, out=steps)
        np.copyto(tile.elements(code_array), steps, casting="unsafe")
    return codes


def block_extremes(values: Array, block_shape: Shape, /) -> tuple[Array, Array]:
    """Smallest and largest value of each block; NaN where the block has a NaN.

    Returns:
        Two arrays of shape ceil(values.shape / block_shape), of the dtype of values.
    """
    layout = _Layout.of(values.shape, block_shape)
    counts = block_counts(layout.shape, layout.block_shape)
    low, high = np.empty(counts, values.dtype), np.empty(counts, values.dtype)
    matrix = layout.elements(values)
    for tile in tiles(layout.shape, layout.block_shape):
        elements = tile.elements(matrix)
        inside_blocks = tuple(range(1, elements.ndim, 2))
        tile.blocks(low)[...] = elements.min(axis=inside_blocks, keepdims=True)
        tile.blocks(high)[...] = elements.max(axis=inside_blocks, keepdims=True)
    block_array_shape = block_counts(values.shape, block_shape)
    return low.reshape(block_array_shape), high.reshape(block_array_shape)


def _difference(codes: Array, zero: Array, dtype: np.dtype[np.floating[Any]]) -> Array:
    both_integers = codes.dtype.kind in "iub" and zero.dtype.kind in "iub"
    if both_integers and not (_exact_as_float(codes) and _exact_as_float(zero)):
        return np.subtract(codes, zero, dtype=np.int64)
    return np.subtract(codes, zero, dtype=dtype, casting="unsafe")


def _exact_as_float(array: Array) -> bool:
    """Whether the values, and differences of two such arrays, are exact in binary32."""
    return array.dtype.kind == "f" or array.dtype.itemsize <= 2
