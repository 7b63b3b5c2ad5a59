"""Convolution of batch-last arrays: one matrix product for each tile of output positions.

Everything here has the batch as its last axis, (channels, *space, batch). Each output position is then `batch`
contiguous columns of the matrix product, so gathering the receptive fields copies long runs, and a 1x1 kernel needs no
copy at all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from typing import TypeAlias

import numpy as np

from qmodel.dtypes import Array
from qmodel.kernels.tiling import CACHE_BYTES, tiles

Finish: TypeAlias = Callable[[Array], None]


@dataclass(frozen=True, slots=True)
class ConvolutionGeometry:
    """How a kernel moves over the space; every tuple has one entry for each spatial axis.

    Attributes:
        kernel: lengths of the kernel.
        strides: steps of the kernel.
        dilations: distances of neighbouring kernel elements.
        pads_before: zeros before each axis.
        pads_after: zeros after each axis.
    """

    kernel: tuple[int, ...]
    strides: tuple[int, ...]
    dilations: tuple[int, ...]
    pads_before: tuple[int, ...]
    pads_after: tuple[int, ...]

    def output_space(self, space: tuple[int, ...]) -> tuple[int, ...]:
        """Lengths of the output's spatial axes."""
        return tuple(
            max(0, (length + before + after - dilation * (kernel - 1) - 1) // stride + 1)
            for length, kernel, stride, dilation, before, after in zip(
                space, self.kernel, self.strides, self.dilations, self.pads_before, self.pads_after, strict=True
            )
        )

    @property
    def is_pointwise(self) -> bool:
        """Whether every output position reads the input at the same position only."""
        return not any(self.pads_before + self.pads_after) and set(self.kernel + self.strides) == {1}


def convolve(
    x: Array,
    weight: Array,
    bias: Array | None,
    geometry: ConvolutionGeometry,
    /,
    *,
    groups: int,
    finish: Finish | None,
) -> Array:
    """Cross-correlate, add the bias, and finish each part while it is cached.

    Args:
        x: (channels, *space, batch), any strides.
        weight: (output channels, channels // groups, *kernel), of x's dtype.
        bias: (output channels,), or None.
        geometry: strides, dilations and pads.
        groups: number of groups the channels fall into.
        finish: changes each part of the result in place, element by element; or None.

    Returns:
        (output channels, *output space, batch), C-contiguous, of x's dtype.
    """
    space = geometry.output_space(x.shape[1:-1])
    out = np.empty((weight.shape[0], *space, x.shape[-1]), dtype=x.dtype)
    matrix = weight.reshape(groups, weight.shape[0] // groups, -1)
    if geometry.is_pointwise:
        _convolve_pointwise(np.ascontiguousarray(x), matrix, bias, out, finish)
    else:
        _convolve_gathered(x, matrix, bias, geometry, out, finish)
    return out


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
