"""The operator AveragePool."""

from __future__ import annotations

from math import prod

import numpy as np

from qmodel.dtypes import Array
from qmodel.kernels.convolution_geometry import ConvolutionGeometry
from qmodel.runtime.registry import Ints, operator
from qmodel.runtime.windows import pool_geometry, pooled_space, window_elements


@operator("AveragePool", since=7, fresh=True)
def average_pool(
    x: Array,
    /,
    *,
    kernel_shape: Ints,
    auto_pad: str = "NOTSET",
    ceil_mode: int = 0,
    count_include_pad: int = 0,
    dilations: Ints = (),
    pads: Ints = (),
    strides: Ints = (),
) -> Array:
    """Mean of each window of (N, C, ...); pads count as zeros with `count_include_pad`, else not at all."""
    space = x.shape[2:]
    geometry, out_space = pool_geometry(
        space,
        kernel_shape,
        strides=strides,
        dilations=dilations,
        pads=pads,
        auto_pad=auto_pad,
        ceil_mode=bool(ceil_mode),
    )
    made = np.zeros_like(x, shape=(*x.shape[:2], *out_space))
    for outside, inside in window_elements(space, out_space, geometry):
        made[outside] += x[inside]
    made /= _counts(space, out_space, geometry, include_pads=bool(count_include_pad)).astype(x.dtype)
    return made


def _counts(space: Ints, out_space: Ints, geometry: ConvolutionGeometry, *, include_pads: bool) -> Array:
    """How many elements of each window count; an element beyond even the pads, by ceil_mode, never does."""
    if not include_pads:
        counts = np.zeros(out_space)
        for outside, _ in window_elements(space, out_space, geometry):
            counts[outside] += 1
        return np.maximum(counts, 1)
    if out_space == pooled_space(space, geometry, ceil_mode=False):
        return np.array(prod(geometry.kernel))
    padded = tuple(sum(lengths) for lengths in zip(space, geometry.pads_before, geometry.pads_after, strict=True))
    nothing = (0,) * len(space)
    inner = ConvolutionGeometry(geometry.kernel, geometry.strides, geometry.dilations, nothing, nothing)
    return _counts(padded, out_space, inner, include_pads=False)
