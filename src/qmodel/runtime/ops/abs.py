"""The operator Abs."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.runtime.registry import operator


@operator("Abs", fresh=True)
def absolute(x: Array, /, *, out: Array | None = None) -> Array:
    """Absolute value."""
    return np.abs(x, out=out)
