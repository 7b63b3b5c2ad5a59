"""The operator Equal."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.runtime.precision import require_one_dtype
from qmodel.runtime.registry import operator


@operator("Equal", since=7, fresh=True)
def equal(a: Array, b: Array, /) -> Array:
    """Where two values are the same, with NumPy's broadcasting; NaN equals nothing."""
    require_one_dtype(a, b)
    return np.equal(a, b)
