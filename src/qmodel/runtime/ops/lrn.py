"""The operator LRN."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.errors import GraphError
from qmodel.runtime.element_kinds import require_floats
from qmodel.runtime.precision import widened
from qmodel.runtime.registry import operator


@operator("LRN", fresh=True)
def local_response_normalization(
    x: Array, /, *, size: int, alpha: float = 1e-4, beta: float = 0.75, bias: float = 1.0
) -> Array:
    """X / (bias + alpha / size * sum of squares of `size` neighbouring channels)^beta of (N, C, ...).

    The sums are added view by view, one for each neighbour (A. Krizhevsky, I. Sutskever and G. Hinton, "ImageNet
    classification with deep convolutional neural networks", 2012).
    """
    require_floats(x)
    if size < 1 or x.ndim < 2:
        raise GraphError(f"size must be at least 1 and X have channels, got {size} and shape {x.shape}")
    wide = widened(x)
    squares = np.square(wide)
    sums = np.zeros_like(squares)
    channels = x.shape[1]
    before, after = (size - 1) // 2, size // 2
    for distance in range(max(-before, 1 - channels), min(after, channels - 1) + 1):
        here = slice(max(0, -distance), min(channels, channels - distance))
        there = slice(max(0, distance), min(channels, channels + distance))
        sums[:, here] += squares[:, there]
    number = sums.dtype.type
    sums *= number(alpha / size)
    sums += number(bias)
    np.power(sums, number(beta), out=sums)
    return np.divide(wide, sums, out=sums).astype(x.dtype, copy=False)
