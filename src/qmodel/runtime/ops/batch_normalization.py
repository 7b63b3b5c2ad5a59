"""The operator BatchNormalization."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.errors import GraphError
from qmodel.runtime.precision import widened
from qmodel.runtime.registry import operator


@operator("BatchNormalization", since=14, fresh=True)
def batch_normalization(
    x: Array,
    scale: Array,
    bias: Array,
    mean: Array,
    variance: Array,
    /,
    *,
    output_count: int,
    epsilon: float = 1e-5,
    momentum: float = 0.9,
    training_mode: int = 0,
) -> tuple[Array, Array, Array]:
    """(x - mean) / sqrt(variance + epsilon) * scale + bias for each channel.

    With `training_mode` by the mean and variance of x itself; the other two outputs are then the given ones times
    `momentum`, plus those of x times the rest.
    """
    if not training_mode:
        if output_count > 1:
            raise GraphError("running mean and variance exist with training_mode alone")
        return _normalized(x, scale, bias, mean, variance, epsilon), mean, variance
    axes = (0, *range(2, x.ndim))
    wide = widened(x)
    found_mean, found_variance = wide.mean(axes), wide.var(axes)
    made = _normalized(x, scale, bias, found_mean, found_variance, epsilon)
    return made, _moved(mean, found_mean, momentum), _moved(variance, found_variance, momentum)


@operator("BatchNormalization", since=9, until=13, fresh=True)
def batch_normalization_for_inference(
    x: Array,
    scale: Array,
    bias: Array,
    mean: Array,
    variance: Array,
    /,
    *,
    epsilon: float = 1e-5,
    momentum: float = 0.9,
) -> Array:
    """As `batch_normalization`; training was meant where a node named more outputs."""
    return _normalized(x, scale, bias, mean, variance, epsilon)


def _normalized(x: Array, scale: Array, bias: Array, mean: Array, variance: Array, epsilon: float) -> Array:
    """As one multiplication and one addition for each element."""
    channels = (-1, *(1,) * (x.ndim - 2))
    factor = scale / np.sqrt(variance + variance.dtype.type(epsilon))
    made: Array = x * factor.astype(x.dtype, copy=False).reshape(channels)
    made += (bias - mean * factor).astype(x.dtype, copy=False).reshape(channels)
    return made


def _moved(before: Array, found: Array, momentum: float) -> Array:
    moved: Array = before * before.dtype.type(momentum) + found * found.dtype.type(1 - momentum)
    return moved.astype(before.dtype, copy=False)
