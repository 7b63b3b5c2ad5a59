"""The operator Div."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.runtime.precision import require_one_dtype
from qmodel.runtime.registry import operator


@operator("Div", since=7, fresh=True)
def div(a: Array, b: Array, /, *, out: Array | None = None) -> Array:
    """A / b with NumPy's broadcasting; integers truncate toward zero, where NumPy floors."""
    require_one_dtype(a, b)
    if not np.issubdtype(a.dtype, np.integer):
        return np.divide(a, b, out=out)
    quotient = np.floor_divide(a, b)
    inexact = np.multiply(quotient, b) != a
    quotient += (inexact & ((a < 0) != (b < 0))).astype(quotient.dtype)
    return quotient
