"""A convolution and the batch normalization behind it, as one."""

from __future__ import annotations

from typing import Any

import numpy as np

from qmodel.dtypes import Array
from qmodel.runtime.ops.conv import conv


def convolve_normalized(
    x: Array,
    w: Array,
    b: Array | None,
    scale: Array,
    shift: Array,
    mean: Array,
    variance: Array,
    /,
    *,
    epsilon: float,
    **attributes: Any,
) -> Array:
    """BatchNormalization(Conv(x, w, b)): the kernels of each output channel are scaled instead of what they make.

    Args:
        x: as of `conv`.
        w: likewise, float32 or float64.
        b: likewise.
        scale: as of BatchNormalization, (output channels,), of w's dtype, as are the next three.
        shift: likewise, what is added.
        mean: likewise.
        variance: likewise.
        epsilon: likewise.
        attributes: those of `conv`.
    """
    factor = scale / np.sqrt(variance + variance.dtype.type(epsilon))
    bias = shift - mean * factor if b is None else shift + (b - mean) * factor
    made: Array = conv(x, w * factor.reshape(-1, *(1,) * (w.ndim - 1)), bias, **attributes)
    return made
