"""The operator Exp."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.runtime.registry import operator


@operator("Exp", fresh=True)
def exp(x: Array, /, *, out: Array | None = None) -> Array:
    """E to the power of x."""
    return np.exp(x, out=out)
