"""The operator BatchNormalization."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.errors import GraphError
from qmodel.runtime.registry import operator


@operator("BatchNormalization", since=9, fresh=True)
def batch_normalization(
    x: Array,
    scale: Array,
    bias: Array,
    mean: Array,
    variance: Array,
    /,
    *,
    epsilon: float = 1e-5,
    momentum: float = 0.9,
    training_mode: int = 0,
) -> Array:
    """(x - mean) / sqrt(variance + epsilon) * scale + bias for each channel, as one multiplication and one addition."""
    if training_mode:
        raise GraphError("training_mode is set; export the network for inference")
    channels = (-1, *(1,) * (x.ndim - 2))
    factor = scale / np.sqrt(variance + variance.dtype.type(epsilon))
    made: Array = x * factor.astype(x.dtype, copy=False).reshape(channels)
    made += (bias - mean * factor).astype(x.dtype, copy=False).reshape(channels)
    return made
