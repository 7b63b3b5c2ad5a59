"""The operator PRelu."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.errors import GraphError
from qmodel.runtime.precision import require_one_dtype
from qmodel.runtime.registry import operator


@operator("PRelu", since=7, fresh=True)
def prelu(x: Array, slope: Array, /) -> Array:
    """X where it is not negative, else slope * x; the slope is broadcast to x."""
    require_one_dtype(x, slope)
    made = np.where(x < 0, x * slope, x)
    if made.shape != x.shape:
        raise GraphError(f"a slope of shape {slope.shape} cannot be broadcast to {x.shape}")
    return made
