"""The operator LeakyRelu."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.runtime.registry import operator


@operator("LeakyRelu", since=6, fresh=True)
def leaky_relu(x: Array, /, *, alpha: float = 0.01) -> Array:
    """X where it is not negative, else alpha * x."""
    return np.where(x < 0, x * x.dtype.type(alpha), x)
