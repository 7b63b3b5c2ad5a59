"""The operator MaxPool."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.errors import GraphError
from qmodel.runtime.extremes import lowest
from qmodel.runtime.registry import Ints, operator
from qmodel.runtime.windows import Index, pooled_space, window_elements, window_geometry


@operator("MaxPool", since=8, fresh=True)
def max_pool(
    x: Array,
    /,
    *,
    kernel_shape: Ints,
    auto_pad: str = "NOTSET",
    ceil_mode: int = 0,
    dilations: Ints = (),
    pads: Ints = (),
    storage_order: int = 0,
    strides: Ints = (),
) -> Array:
    """Maximum of each window of (N, C, ...): in-place maxima of strided views, one for each kernel element.

    `storage_order` concerns the indices, an output that is not made.
    """
    space = x.shape[2:]
    geometry = window_geometry(space, kernel_shape, strides=strides, dilations=dilations, pads=pads, auto_pad=auto_pad)
    out_space = pooled_space(space, geometry, ceil_mode=bool(ceil_mode))
    if 0 in out_space:
        raise GraphError(f"a kernel of {kernel_shape} does not fit into {space}")
    made: Array | None = None
    for outside, inside in window_elements(space, out_space, geometry):
        view = x[inside]
        if made is None:
            made = _start(x, view, outside, out_space)
        else:
            target = made[outside]
            np.maximum(target, view, out=target)
    if made is None:
        raise GraphError(f"pads {pads} leave no window that touches the input of shape {x.shape}")
    return made


def _start(x: Array, view: Array, outside: Index, out_space: Ints) -> Array:
    """The first element's view, in x's memory order; the lowest number where the window reaches beyond the input."""
    if view.shape[2:] == out_space:
        return view.copy(order="K")
    made = np.full_like(x, lowest(x.dtype), shape=(*x.shape[:2], *out_space))
    made[outside] = view
    return made
