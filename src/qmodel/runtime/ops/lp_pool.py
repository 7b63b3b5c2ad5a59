"""The operator LpPool."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.runtime.lp_norm import powers, roots
from qmodel.runtime.registry import Ints, operator
from qmodel.runtime.windows import pool_geometry, window_elements


@operator("LpPool", since=2, fresh=True)
def lp_pool(
    x: Array,
    /,
    *,
    kernel_shape: Ints,
    auto_pad: str = "NOTSET",
    ceil_mode: int = 0,
    dilations: Ints = (),
    p: int = 2,
    pads: Ints = (),
    strides: Ints = (),
) -> Array:
    """The p-norm of each window of (N, C, ...)."""
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
    terms = powers(x, p)
    made = np.zeros_like(terms, shape=(*x.shape[:2], *out_space))
    for outside, inside in window_elements(space, out_space, geometry):
        made[outside] += terms[inside]
    return roots(made, p).astype(x.dtype, copy=False)
