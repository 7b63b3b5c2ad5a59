"""Transposed convolution of batch-last arrays: a matrix product, whose columns are added up (col2im)."""

from __future__ import annotations

from itertools import product
from math import prod

import numpy as np

from qmodel.dtypes import Array
from qmodel.kernels.convolution_geometry import ConvolutionGeometry
from qmodel.kernels.tiling import CACHE_BYTES


def convolve_transposed(
    x: Array,
    weight: Array,
    bias: Array | None,
    geometry: ConvolutionGeometry,
    out_space: tuple[int, ...],
    /,
    *,
    groups: int,
) -> Array:
    """Spread each input position over the output positions that a kernel laid there covers, and add up.

    Rows of the first spatial axis are done so many at a time that their columns stay in cache.

    Args:
        x: (channels, *space, batch), any strides.
        weight: (channels, output channels // groups, *kernel), of x's dtype.
        bias: (output channels,), or None.
        geometry: strides and dilations, and the pads before, which are cut off the output.
        out_space: lengths of the output's spatial axes.
        groups: number of groups the channels fall into.

    Returns:
        (output channels, *out_space, batch), C-contiguous, of x's dtype.
    """
    outputs = weight.shape[1] * groups
    made = np.zeros((outputs, *out_space, x.shape[-1]), dtype=x.dtype)
    if bias is not None:
        made += bias.reshape(-1, *(1,) * (made.ndim - 1))
    matrix = weight.reshape(groups, x.shape[0] // groups, -1).transpose(0, 2, 1)
    rows_at_once = max(
        1, CACHE_BYTES // max(1, x.dtype.itemsize * matrix.shape[0] * matrix.shape[1] * prod(x.shape[2:]))
    )
    for first in range(0, x.shape[1], rows_at_once):
        part = x[:, first : first + rows_at_once]
        columns = np.matmul(matrix, part.reshape(groups, x.shape[0] // groups, prod(part.shape[1:])))
        _add_columns(columns.reshape(outputs, *geometry.kernel, *part.shape[1:]), first, geometry, made)
    return made


def _add_columns(columns: Array, first_row: int, geometry: ConvolutionGeometry, out: Array) -> None:
    """Add the columns (outputs, *kernel, *part of the space, batch) of input rows from `first_row` on."""
    rank = len(geometry.kernel)
    space, firsts = columns.shape[1 + rank : -1], (first_row, *(0,) * (rank - 1))
    pairs = [
        [_axis_pair(space[axis], firsts[axis], out.shape[1 + axis], geometry, axis, index) for index in range(size)]
        for axis, size in enumerate(geometry.kernel)
    ]
    for element in product(*map(range, geometry.kernel)):
        chosen = [pairs[axis][index] for axis, index in enumerate(element)]
        if all(inner.stop > inner.start for inner, _ in chosen):
            inside: tuple[int | slice, ...] = (slice(None), *element, *(inner for inner, _ in chosen))
            out[(slice(None), *(outer for _, outer in chosen))] += columns[inside]


def _axis_pair(
    length: int, first: int, out_length: int, geometry: ConvolutionGeometry, axis: int, index: int
) -> tuple[slice, slice]:
    """Which positions of an axis a kernel element puts inside the output, and where."""
    stride = geometry.strides[axis]
    offset = first * stride + index * geometry.dilations[axis] - geometry.pads_before[axis]
    start = max(0, -(offset // stride))
    stop = max(start, min(length, (out_length - 1 - offset) // stride + 1))
    return slice(start, stop), slice(start * stride + offset, max(0, (stop - 1) * stride + offset + 1), stride)
