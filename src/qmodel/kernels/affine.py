"""Affine quantization of arrays by blocks (spec/encodings/affine.md): the arithmetic, without any search for scales.

All arithmetic is in the float type of the scale, binary32 or binary64, each operation rounded once to nearest, ties to
even, so that every implementation gets the same bits.

The compiled twin is for blocks that lie in memory one after the other: NumPy's own loops over each are short.
"""

from __future__ import annotations

from math import prod
from types import ModuleType
from typing import Any

import numpy as np

from qmodel.dtypes import Array
from qmodel.kernels.block_layout import BlockLayout
from qmodel.kernels.blocks import EvenRegion, Shape, block_counts, even_regions
from qmodel.kernels.dispatch import compiled
from qmodel.kernels.tiling import tiles

# A tile's floats and codes stay in a core's cache.
_TILE_ELEMENTS = 1 << 17
# Blocks of fewer elements have their extremes found sooner side by side.
_SHORT_BLOCK = 96
# NumPy works on so many elements in the time that it takes for one elsewhere.
_QUICK = 16


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
    layout = BlockLayout.of(codes.shape, block_shape)
    out = np.empty(layout.shape, scale.dtype)
    code_array, scale_blocks = layout.elements(codes), layout.blocks(scale)
    zero_blocks = None if zero_point is None else layout.blocks(zero_point)
    if _computed_as_floats(codes, zero_point, out.dtype) and (module := _compiled(layout)):
        for region in even_regions(layout.shape, layout.block_shape):
            region_scale, region_zero = _flat(region, scale_blocks), _flat(region, zero_blocks)
            module.dequantize(region.elements(code_array), region_scale, region_zero, region.elements(out))
        return out.reshape(codes.shape)
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
    """Compute clip(round(values / scale + zero_point)), block by block; ties to even; zero_point where scale is 0.

    Integer zero points are added after rounding, which rounds ties the same way whatever they are.

    Args:
        values: finite float32 or float64, any shape.
        scale: of the same dtype, one for each block.
        zero_point: integers or floats of the shape of scale; None: zero.
        block_shape: length of a block along each axis of values.
        minimum: smallest code, −32768 or more.
        maximum: largest code, 32767 when minimum is negative, else at most 65535.

    Returns:
        The narrowest integer dtype that holds minimum and maximum, signed when minimum is negative; of the shape of
        values.
    """
    codes = np.empty(values.shape, _code_dtype(minimum, maximum))
    if not values.size:
        return codes
    layout = BlockLayout.of(values.shape, block_shape)
    divisor = layout.blocks(np.where(scale == 0, np.array(np.inf, scale.dtype), scale))
    zero_blocks = None if zero_point is None else layout.blocks(zero_point).astype(values.dtype)
    zero_is_integer = zero_point is not None and zero_point.dtype.kind in "iu"
    value_array, code_array = layout.elements(values), codes.reshape(layout.shape)
    if module := _compiled(layout):
        low, high = (values.dtype.type(code) for code in (minimum, maximum))
        for region in even_regions(layout.shape, layout.block_shape):
            region_values, region_codes = region.elements(value_array), region.elements(code_array)
            region_divisor, region_zero = _flat(region, divisor), _flat(region, zero_blocks)
            module.quantize(region_values, region_divisor, region_zero, zero_is_integer, low, high, region_codes)
        return codes
    for region in even_regions(layout.shape, layout.block_shape):
        region_values, region_codes = region.elements(value_array), region.elements(code_array)
        region_divisor = region.blocks(divisor)
        region_zero = None if zero_blocks is None else region.blocks(zero_blocks)
        for tile in tiles(region_values.shape, _TILE_ELEMENTS):
            block_tile = _of_blocks(tile)
            steps = region_values[tile] / region_divisor[block_tile]
            if region_zero is not None and not zero_is_integer:
                steps += region_zero[block_tile]
            np.rint(steps, out=steps)
            if region_zero is not None and zero_is_integer:
                steps += region_zero[block_tile]
            np.clip(steps, minimum, maximum, out=steps)
            np.copyto(region_codes[tile], steps, casting="unsafe")
    return codes


def scaled_down(values: Array, scale: Array, block_shape: Shape, largest: float, /) -> Array:
    """Compute clip(values / scale, −largest, largest), block by block; 0 where scale is 0.

    Args:
        values: finite float32 or float64, any shape.
        scale: of the same dtype, one for each block.
        block_shape: length of a block along each axis of values.
        largest: where to clip.
    """
    out = np.empty(values.shape, values.dtype)
    if not values.size:
        return out
    layout = BlockLayout.of(values.shape, block_shape)
    divisor = layout.blocks(np.where(scale == 0, np.array(np.inf, scale.dtype), scale))
    value_array, out_array = layout.elements(values), out.reshape(layout.shape)
    if module := _compiled(layout):
        for region in even_regions(layout.shape, layout.block_shape):
            limit = values.dtype.type(largest)
            module.scaled_down(region.elements(value_array), _flat(region, divisor), limit, region.elements(out_array))
        return out
    with np.errstate(over="ignore"):
        for region in even_regions(layout.shape, layout.block_shape):
            region_values, region_out = region.elements(value_array), region.elements(out_array)
            region_divisor = region.blocks(divisor)
            for tile in tiles(region_values.shape, _TILE_ELEMENTS):
                np.divide(region_values[tile], region_divisor[_of_blocks(tile)], out=region_out[tile])
                np.clip(region_out[tile], -largest, largest, out=region_out[tile])
    return out


def block_extremes(values: Array, block_shape: Shape, /) -> tuple[Array, Array]:
    """Smallest and largest value of each block; NaN where the block has a NaN.

    Returns:
        Two arrays of shape ceil(values.shape / block_shape), of the dtype of values.
    """
    layout = BlockLayout.of(values.shape, block_shape)
    counts = block_counts(layout.shape, layout.block_shape)
    low, high = np.empty(counts, values.dtype), np.empty(counts, values.dtype)
    matrix = layout.elements(values)
    for region in even_regions(layout.shape, layout.block_shape):
        _fill_extremes(region.elements(matrix), region.blocks(low), region.blocks(high))
    block_array_shape = block_counts(values.shape, block_shape)
    return low.reshape(block_array_shape), high.reshape(block_array_shape)


def _fill_extremes(elements: Array, low: Array, high: Array) -> None:
    """The extremes of a region: over short blocks NumPy is slow, so that these are laid side by side first."""
    rank = elements.ndim // 2
    inside_blocks = tuple(range(1, elements.ndim, 2))
    length = prod(elements.shape[axis] for axis in inside_blocks)
    if not 1 < length < _SHORT_BLOCK:
        elements.min(axis=inside_blocks, keepdims=True, out=low)
        elements.max(axis=inside_blocks, keepdims=True, out=high)
        return
    lanes_last = elements.transpose(*inside_blocks, *range(0, elements.ndim, 2))
    low_of_lanes, high_of_lanes = (ends.reshape(ends.shape[::2]) for ends in (low, high))
    for tile in tiles(lanes_last.shape[rank:], max(1, _TILE_ELEMENTS // length)):
        whole_blocks: tuple[Any, ...] = (..., *tile)
        lanes = np.ascontiguousarray(lanes_last[whole_blocks])
        lanes.min(axis=tuple(range(rank)), out=low_of_lanes[tile])
        lanes.max(axis=tuple(range(rank)), out=high_of_lanes[tile])


def _compiled(layout: BlockLayout) -> ModuleType | None:
    """The compiled twin, when there is work for it and the blocks are one after the other."""
    return compiled("affine", layout.shape[0] // _QUICK) if len(layout.shape) == 1 else None


def _flat(region: EvenRegion, of_blocks: Array | None) -> Array | None:
    """A region's numbers of blocks on one axis."""
    return None if of_blocks is None else region.blocks(of_blocks).reshape(-1)


def _code_dtype(minimum: int, maximum: int) -> np.dtype[Any]:
    if minimum < 0:
        return np.dtype(np.int8 if minimum >= -128 and maximum < 128 else np.int16)
    return np.dtype(np.uint8 if maximum < 256 else np.uint16)


def _of_blocks(tile: tuple[slice, ...]) -> tuple[slice, ...]:
    """The part of a region's blocks that a tile of its elements lies in: every second axis has length 1 there."""
    return tuple(part if axis % 2 == 0 else slice(None) for axis, part in enumerate(tile))


def _subtract(codes: Array, zero: Array, out: Array) -> None:
    both_integers = codes.dtype.kind in "iub" and zero.dtype.kind in "iub"
    if both_integers and not (_exact_as_float(codes) and _exact_as_float(zero)):
        np.subtract(codes, zero, out=out, dtype=np.int64, casting="unsafe")
    else:
        np.subtract(codes, zero, out=out, dtype=out.dtype, casting="unsafe")


def _computed_as_floats(codes: Array, zero: Array | None, dtype: np.dtype[Any]) -> bool:
    """Whether nothing but floats of a dtype is needed to compute with codes and zero points."""
    given = (codes,) if zero is None else (codes, zero)
    return all(array.dtype == dtype or (array.dtype.kind in "iu" and array.dtype.itemsize <= 2) for array in given)


def _exact_as_float(array: Array) -> bool:
    """Whether the values, and differences of two such arrays, are exact in binary32."""
    return array.dtype.kind == "f" or array.dtype.itemsize <= 2
