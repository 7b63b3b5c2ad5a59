"""The operator MaxUnpool."""

from __future__ import annotations

from math import prod

import numpy as np

from qmodel.dtypes import Array
from qmodel.errors import GraphError
from qmodel.runtime.coordinates import checked_indices
from qmodel.runtime.memory import require_memory
from qmodel.runtime.registry import Ints, operator
from qmodel.runtime.windows import window_geometry


@operator("MaxUnpool", since=9, fresh=True, grows=True)
def max_unpool(
    x: Array,
    indices: Array,
    output_shape: Array | None = None,
    /,
    *,
    kernel_shape: Ints,
    memory_limit: int,
    pads: Ints = (),
    strides: Ints = (),
) -> Array:
    """Zeros, with each maximum where MaxPool found it; with `output_shape` more zeros after those of each axis.

    The indices count in the array that the kernel, the strides and the pads say was pooled.
    """
    if x.shape != indices.shape:
        raise GraphError(f"the indices must have the shape of X, {x.shape}, got {indices.shape}")
    geometry = window_geometry(x.shape[2:], kernel_shape, strides=strides, dilations=(), pads=pads, auto_pad="NOTSET")
    pooled = tuple(
        (length - 1) * stride + size - before - after
        for length, stride, size, before, after in zip(
            x.shape[2:], geometry.strides, geometry.kernel, geometry.pads_before, geometry.pads_after, strict=True
        )
    )
    inner = (*x.shape[:2], *pooled)
    outer = inner if output_shape is None else tuple(int(length) for length in output_shape)
    if min(inner) < 0 or len(outer) != x.ndim or any(n < m for n, m in zip(outer, inner, strict=True)):
        raise GraphError(f"an output of shape {outer} cannot hold the unpooled {inner}")
    for shape in (inner, outer):
        require_memory(shape, x.dtype, memory_limit)
    made = np.zeros(inner, dtype=x.dtype)
    made.reshape(-1)[checked_indices(indices.reshape(-1), prod(inner))] = x.reshape(-1)
    if outer == inner:
        return made
    larger = np.zeros(outer, dtype=x.dtype)
    larger[tuple(slice(length) for length in inner)] = made
    return larger
