"""The operator DeformConv."""

from __future__ import annotations

from math import prod

import numpy as np

from qmodel.dtypes import Array
from qmodel.errors import GraphError
from qmodel.kernels.convolution_geometry import ConvolutionGeometry
from qmodel.kernels.point_sampling import linear_taps, sample
from qmodel.runtime.memory import require_memory
from qmodel.runtime.precision import require_one_dtype, widened
from qmodel.runtime.registry import Ints, operator
from qmodel.runtime.windows import window_geometry


@operator("DeformConv", since=19, fresh=True, grows=True)
def deform_conv(
    x: Array,
    w: Array,
    offset: Array,
    b: Array | None = None,
    mask: Array | None = None,
    /,
    *,
    memory_limit: int,
    dilations: Ints = (),
    group: int = 1,
    kernel_shape: Ints = (),
    offset_group: int = 1,
    pads: Ints = (),
    strides: Ints = (),
) -> Array:
    """Cross-correlation whose kernel elements are moved by offsets, for each position and group of channels its own.

    Dai and others, "Deformable Convolutional Networks" (2017); with the mask, Zhu and others, "Deformable ConvNets v2"
    (2018). Elements between positions are interpolated linearly; outside are zeros.
    """
    require_one_dtype(x, w, offset, b, mask)
    _check_channels(x, w, b, group, offset_group, kernel_shape)
    kernel, rank = w.shape[2:], x.ndim - 2
    geometry = window_geometry(x.shape[2:], kernel, strides=strides, dilations=dilations, pads=pads, auto_pad="NOTSET")
    space = geometry.output_space(x.shape[2:])
    moved = (x.shape[0], offset_group, prod(kernel), rank, *space)
    if offset.size != prod(moved) or offset.shape[2:] != space:
        raise GraphError(f"the offset must have the elements of {moved}, got shape {offset.shape}")
    if mask is not None and mask.shape != (x.shape[0], offset_group * prod(kernel), *space):
        raise GraphError(f"the mask of shape {mask.shape} does not fit an offset of shape {offset.shape}")
    require_memory((x.shape[0], x.shape[1], prod(kernel), *space, 2), np.dtype(np.float32), memory_limit)
    weights = None if mask is None else widened(mask).reshape(x.shape[0], offset_group, prod(kernel), -1)
    fields = _fields(widened(x), widened(offset).reshape(*moved[:4], prod(space)), weights, geometry, space)
    columns = fields.reshape(x.shape[0], group, -1, prod(space))
    made: Array = np.matmul(widened(w).reshape(group, w.shape[0] // group, -1), columns)
    made = made.reshape(x.shape[0], w.shape[0], *space)
    if b is not None:
        made += widened(b).reshape(-1, *(1,) * rank)
    return made.astype(x.dtype, copy=False)


def _fields(x: Array, offset: Array, mask: Array | None, geometry: ConvolutionGeometry, space: Ints) -> Array:
    """What each kernel element reads: (N, C, kernel elements, positions)."""
    images, groups, elements, rank, positions = offset.shape
    within = np.indices(geometry.kernel).reshape(rank, -1) * np.array(geometry.dilations)[:, None]
    corners = np.indices(space).reshape(rank, -1) * np.array(geometry.strides)[:, None]
    corners -= np.array(geometry.pads_before)[:, None]
    base = within.T[:, :, None] + corners
    owners = np.repeat(np.arange(images), elements * positions)
    made = np.empty((images, groups, x.shape[1] // groups, elements, positions), dtype=x.dtype)
    channels_last = np.moveaxis(x.reshape(images, groups, -1, *x.shape[2:]), 2, -1)
    for number in range(groups):
        points = np.clip(np.nan_to_num(base + offset[:, number].astype(np.float64), nan=-2.0), -(2.0**40), 2.0**40)
        taps = [linear_taps(points[:, :, axis].reshape(-1), x.shape[2 + axis]) for axis in range(rank)]
        values = sample(np.ascontiguousarray(channels_last[:, number]), owners, taps)
        values = values.reshape(images, elements, positions, -1)
        if mask is not None:
            values *= mask[:, number, :, :, None]
        made[:, number] = np.moveaxis(values, -1, 1)
    return made


def _check_channels(x: Array, w: Array, b: Array | None, group: int, offset_group: int, kernel_shape: Ints) -> None:
    if x.ndim < 3 or w.ndim != x.ndim or 0 in x.shape:
        raise GraphError(f"X and W must have the same rank of at least 3, and elements; got {x.shape} and {w.shape}")
    if min(group, offset_group) < 1 or w.shape[1] * group != x.shape[1] or w.shape[0] % group:
        raise GraphError(f"W of shape {w.shape} in {group} groups does not fit X of shape {x.shape}")
    if x.shape[1] % offset_group or (kernel_shape and kernel_shape != w.shape[2:]):
        raise GraphError(f"{offset_group} groups of offsets and kernel_shape {kernel_shape} do not fit W {w.shape}")
    if b is not None and b.shape != w.shape[:1]:
        raise GraphError(f"B must have shape {w.shape[:1]}, got {b.shape}")
