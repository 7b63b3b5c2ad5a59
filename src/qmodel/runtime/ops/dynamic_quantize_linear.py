"""The operator DynamicQuantizeLinear."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.errors import GraphError
from qmodel.runtime.registry import operator
from qmodel.runtime.requantization import requantized


@operator("DynamicQuantizeLinear", since=11, fresh=True)
def dynamic_quantize_linear(x: Array, /) -> tuple[Array, Array, Array]:
    """X as uint8 by its own range, made to include 0; the scale, float32, and the zero point, uint8.

    Zeros alone have the scale 1.
    """
    if x.dtype != np.float32:
        raise GraphError(f"wanted float32, got {x.dtype}")
    low, high = np.min(x, initial=np.float32(0)), np.max(x, initial=np.float32(0))
    scale = np.float32(1) if low == high else (high - low) / np.float32(255)
    zero_point = np.asarray(np.clip(np.rint(-low / scale), 0, 255).astype(np.uint8))
    return requantized(np.asarray(x / scale), zero_point, zero_point.dtype), np.asarray(scale), zero_point
