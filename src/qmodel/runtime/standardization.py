"""Subtract the mean, divide by the standard deviation: what the normalizations share."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.runtime.element_kinds import require_floats
from qmodel.runtime.precision import widened


def standardized(x: Array, axes: tuple[int, ...], epsilon: float, /) -> tuple[Array, Array, Array]:
    """(x - mean) / sqrt(variance + epsilon) along axes, computed in float32, or in float64 for float64.

    Returns:
        The result of x's shape, the mean, and 1 / sqrt(variance + epsilon), both with axes of length 1.

    Raises:
        GraphError: x is no float.
    """
    require_floats(x)
    wide = widened(x)
    mean = np.asarray(wide.mean(axes, keepdims=True))
    made = np.asarray(wide - mean)
    inverse = np.asarray(np.square(made).mean(axes, keepdims=True))
    inverse += inverse.dtype.type(epsilon)
    np.sqrt(inverse, out=inverse)
    np.reciprocal(inverse, out=inverse)
    made *= inverse
    return made, mean, inverse


def scaled_and_moved(x: Array, scale: Array, bias: Array | None, /) -> Array:
    """X, which may be overwritten, times a scale, plus a bias, both broadcast to it."""
    if scale.dtype != x.dtype:
        made: Array = x.astype(scale.dtype) * scale
        return made if bias is None else made + bias
    x *= scale
    if bias is not None:
        x += bias
    return x
