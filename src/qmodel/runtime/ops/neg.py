"""The operator Neg."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.runtime.registry import operator


@operator("Neg", fresh=True)
def neg(x: Array, /, *, out: Array | None = None) -> Array:
    """Minus x."""
    return np.negative(x, out=out)
