"""Affine quantization of arrays by blocks (spec/encodings/affine.md): the arithmetic, without any search for scales.

All arithmetic is in the float type of the scale, binary32 or binary64, each operation rounded once to nearest, ties to
even, so that every implementation gets the same bits.

There is no compiled twin: NumPy's own loops run these at the speed of memory, and a compiled loop measured no faster.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qmodel.dtypes import Array
from qmodel.kernels.blocks import Shape, block_counts, even_regions, merge_axes
from qmodel.kernels.tiling import tiles

# A tile's floats and codes stay in a core's cache.
_TILE_ELEMENTS = 1 << 17


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
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):  # infinities and NaN are results like any other
        for region in even_regions(layout.shape, layout.block_shape):
            values, region_scale = region.elements(out), region.blocks(scale_blocks)
            region_codes = region.elements(code_array)
            if zero_blocks is None:
                np.multiply(region_codes, region_scale, out=values, dtype=out.dtype, casting="unsafe")
            else:
                _subtract(region_codes, region.blocks(zero_blocks), values)
                values *= region_scale
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
    for region in even_regions(layout.shape, layout.block_shape):
        region_values, region_codes = region.elements(value_array), region.elements(code_array)
        region_divisor = region.blocks(divisor)
        region_zero = None if zero_blocks is None else region.blocks(zero_blocks)
        for tile in tiles(region_values.shape, _TILE_ELEMENTS):
            block_tile = _of_blocks(tile)
            steps = region_values[tile] / region_divisor[block_tile]
            np.rint(steps, out=steps)
            if region_zero is not None:
                steps += region_zero[block_tile]
            np.clip(steps, minimum, maximum, out=steps)
            np.copyto(region_codes[tile], steps, casting="unsafe")
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
    for region in even_regions(layout.shape, layout.block_shape):
        elements = region.elements(matrix)
        inside_blocks = tuple(range(1, elements.ndim, 2))
        elements.min(axis=inside_blocks, keepdims=True, out=region.blocks(low))
        elements.max(axis=inside_blocks, keepdims=True, out=region.blocks(high))
    block_array_shape = block_counts(values.shape, block_shape)
    return low.reshape(block_array_shape), high.reshape(block_array_shape)


def _of_blocks(tile: tuple[slice, ...]) -> tuple[slice, ...]:
    """The part of a region's blocks that a tile of its elements lies in: every second axis has length 1 there."""
    return tuple(part if axis % 2 == 0 else slice(None) for axis, part in enumerate(tile))


def _subtract(codes: Array, zero: Array, out: Array) -> None:
    both_integers = codes.dtype.kind in "iub" and zero.dtype.kind in "iub"
    if both_integers and not (_exact_as_float(codes) and _exact_as_float(zero)):
        np.subtract(codes, zero, out=out, dtype=np.int64, casting="unsafe")
    else:
        np.subtract(codes, zero, out=out, dtype=out.dtype, casting="unsafe")


def _exact_as_float(array: Array) -> bool:
    """Whether the values, and differences of two such arrays, are exact in binary32."""
    return array.dtype.kind == "f" or array.dtype.itemsize <= 2
