"""Convolution of batch-last arrays: one matrix product for each tile of output positions.

Everything here has the batch as its last axis, (channels, *space, batch). Each output position is then `batch`
contiguous columns of the matrix product, so gathering the receptive fields copies long runs, and a 1x1 kernel needs no
copy at all.
"""

from __future__ import annotations

from math import prod

import numpy as np

from qmodel.dtypes import Array
from qmodel.kernels import winograd
from qmodel.kernels.convolution_geometry import ConvolutionGeometry, Finish
from qmodel.kernels.dispatch import compiled
from qmodel.kernels.tiling import CACHE_BYTES, tiles


def convolve(
    x: Array,
    weight: Array,
    bias: Array | None,
    geometry: ConvolutionGeometry,
    /,
    *,
    groups: int,
    finish: Finish | None,
    exact: bool = False,
) -> Array:
    """Cross-correlate, add the bias, and finish each part while it is cached.

    Args:
        x: (channels, *space, batch), any strides.
        weight: (output channels, channels // groups, *kernel), of x's dtype.
        bias: (output channels,), or None.
        geometry: strides, dilations and pads.
        groups: number of groups the channels fall into.
        finish: changes each part of the result in place, element by element; or None.
        exact: whether sums of products are wanted, as of integers; else Winograd's filtering may be used.

    Returns:
        (output channels, *output space, batch), C-contiguous, of x's dtype.
    """
    space = geometry.output_space(x.shape[1:-1])
    out = np.empty((weight.shape[0], *space, x.shape[-1]), dtype=x.dtype)
    if not exact and _convolve_tiles(x, weight, bias, geometry, out, groups, finish):
        return out
    matrix = weight.reshape(groups, weight.shape[0] // groups, -1)
    if geometry.is_pointwise:
        _convolve_pointwise(np.ascontiguousarray(x), matrix, bias, out, finish)
    else:
        _convolve_gathered(x, matrix, bias, geometry, out, finish)
    return out


def _convolve_tiles(
    x: Array,
    weight: Array,
    bias: Array | None,
    geometry: ConvolutionGeometry,
    out: Array,
    groups: int,
    finish: Finish | None,
    /,
) -> bool:
    """Whether Winograd's filtering was found quicker, and has filled the output with finite numbers."""
    steps = {*geometry.strides, *geometry.dilations, groups, x.shape[-1]}
    if geometry.kernel != (3, 3) or steps != {1} or x.dtype != np.float32 or not out.size:
        return False
    if not winograd.is_quicker(weight.shape, out.shape[1:3]):
        return False
    twin = compiled("winograd", out.size * weight.shape[1])
    if twin is None:
        return False
    image, kernels = np.ascontiguousarray(x[..., 0]), np.ascontiguousarray(weight)
    offsets = np.zeros(out.shape[0], dtype=np.float32) if bias is None else np.ascontiguousarray(bias)
    top, left = geometry.pads_before
    return winograd.convolve_tiles(image, kernels, offsets, (top, left), out[..., 0], finish, twin)


def _convolve_pointwise(x: Array, matrix: Array, bias: Array | None, out: Array, finish: Finish | None, /) -> None:
    """The input itself is the right matrix."""
    groups, _, depth = matrix.shape
    for place in tiles(x.shape[1:], _columns_per_tile(x, groups * depth)):
        columns = x[(slice(None), *place)].reshape(groups, depth, -1)
        _multiply(matrix, columns, bias, out[(slice(None), *place)], finish)


def _convolve_gathered(
    x: Array, matrix: Array, bias: Array | None, geometry: ConvolutionGeometry, out: Array, finish: Finish | None, /
) -> None:
    """Receptive fields are copied side by side (im2col), each tile into the same memory."""
    groups, _, depth = matrix.shape
    per_tile = _columns_per_tile(x, groups * depth)
    if prod(out.shape[1:]) <= per_tile:
        source = _windows(padded(x, geometry), geometry)
        fields = np.empty(source.shape, dtype=x.dtype)
        np.copyto(fields, source)
        _multiply(matrix, fields.reshape(groups, depth, -1), bias, out, finish)
        return
    fields_of_size: dict[int, Array] = {}
    for (images,) in tiles(x.shape[-1:], per_tile):
        windows = _windows(padded(x[..., images], geometry), geometry)
        per_part = per_tile if windows.shape[-1] == x.shape[-1] else windows.shape[-1]
        for place in tiles((*out.shape[1:-1], windows.shape[-1]), per_part):
            source = windows[(slice(None),) * (1 + len(geometry.kernel)) + place]
            size = prod(source.shape[-len(place) :])
            if size not in fields_of_size:
                fields_of_size[size] = np.empty((groups, depth, size), dtype=x.dtype)
            fields = fields_of_size[size]
            np.copyto(fields.reshape(source.shape), source)
            _multiply(matrix, fields, bias, out[(slice(None), *place[:-1], images)], finish)


def _multiply(matrix: Array, columns: Array, bias: Array | None, tile: Array, finish: Finish | None, /) -> None:
    """One tile of the result: the kernels (groups, rows, depth) times the columns, plus the bias, finished."""
    product = _matrices(tile, matrix.shape[0])
    np.matmul(matrix, columns, out=product)
    if bias is not None:
        np.add(product, bias.reshape(matrix.shape[0], -1, 1), out=product)
    if finish is not None:
        finish(product)


def _matrices(tile: Array, groups: int) -> Array:
    """A tile (channels, ...) as (groups, channels of a group, columns); a view, as tiles are runs of memory."""
    return tile.reshape(groups, tile.shape[0] // groups, -1)


def _columns_per_tile(x: Array, rows: int) -> int:
    return CACHE_BYTES // (x.dtype.itemsize * rows)


def padded(x: Array, geometry: ConvolutionGeometry, /) -> Array:
    """A batch-last array with the geometry's zeros around it; the array itself when there are none."""
    if not any(geometry.pads_before + geometry.pads_after):
        return x
    space = x.shape[1:-1]
    pads = list(zip(geometry.pads_before, geometry.pads_after, strict=True))
    lengths = (length + before + after for length, (before, after) in zip(space, pads, strict=True))
    larger = np.zeros((x.shape[0], *lengths, x.shape[-1]), dtype=x.dtype)
    inside = (slice(before, before + length) for length, (before, _) in zip(space, pads, strict=True))
    larger[(slice(None), *inside)] = x
    return larger


def _windows(x: Array, geometry: ConvolutionGeometry) -> Array:
    """A view (channels, *kernel, *output space, batch) of an array already padded."""
    within = [step * dilation for step, dilation in zip(x.strides[1:-1], geometry.dilations, strict=True)]
    between = [step * stride for step, stride in zip(x.strides[1:-1], geometry.strides, strict=True)]
    space = [
        max(0, (length - dilation * (kernel - 1) - 1) // stride + 1)
        for length, kernel, dilation, stride in zip(
            x.shape[1:-1], geometry.kernel, geometry.dilations, geometry.strides, strict=True
        )
    ]
    return np.lib.stride_tricks.as_strided(
        x, (x.shape[0], *geometry.kernel, *space, x.shape[-1]), (x.strides[0], *within, *between, x.strides[-1])
    )
