"""The operator Sqrt."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.runtime.registry import operator


@operator("Sqrt", fresh=True)
def sqrt(x: Array, /, *, out: Array | None = None) -> Array:
    """Square root."""
    return np.sqrt(x, out=out)
