"""The operator GreaterOrEqual."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.runtime.precision import require_one_dtype
from qmodel.runtime.registry import operator


@operator("GreaterOrEqual", since=12, fresh=True)
def greater_or_equal(a: Array, b: Array, /) -> Array:
    """Where a >= b, with NumPy's broadcasting; never for NaN."""
    require_one_dtype(a, b)
    return np.greater_equal(a, b)
