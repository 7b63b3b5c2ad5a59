"""The operator Tanh."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.runtime.registry import operator


@operator("Tanh", fresh=True)
def tanh(x: Array, /, *, out: Array | None = None) -> Array:
    """Hyperbolic tangent."""
    return np.tanh(x, out=out)
