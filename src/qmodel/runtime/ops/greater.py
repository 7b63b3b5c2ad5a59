"""The operator Greater."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.runtime.precision import require_one_dtype
from qmodel.runtime.registry import operator


@operator("Greater", since=7, fresh=True)
def greater(a: Array, b: Array, /) -> Array:
    """Where a > b, with NumPy's broadcasting; never for NaN."""
    require_one_dtype(a, b)
    return np.greater(a, b)
