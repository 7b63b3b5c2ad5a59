"""The operator Where."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.runtime.precision import require_one_dtype
from qmodel.runtime.registry import operator


@operator("Where", since=9, fresh=True)
def where(condition: Array, x: Array, y: Array, /) -> Array:
    """X where the condition holds, else y, with NumPy's broadcasting."""
    require_one_dtype(x, y)
    return np.where(condition, x, y)
