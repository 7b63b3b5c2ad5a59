"""The operator ThresholdedRelu."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.runtime.element_kinds import require_floats
from qmodel.runtime.registry import operator


@operator("ThresholdedRelu", since=10, fresh=True)
def thresholded_relu(x: Array, /, *, alpha: float = 1.0) -> Array:
    """X where it is greater than alpha, else 0."""
    require_floats(x)
    return np.where(x > x.dtype.type(alpha), x, x.dtype.type(0))
