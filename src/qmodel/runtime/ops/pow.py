"""The operator Pow."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.runtime.registry import operator


@operator("Pow", since=7, fresh=True)
def power(base: Array, exponent: Array, /) -> Array:
    """Base to the power of the exponent, of the base's dtype; the two may differ in dtype."""
    if exponent.ndim == 0 and exponent == 2:
        return np.square(base)
    return np.power(base, exponent).astype(base.dtype, copy=False)
