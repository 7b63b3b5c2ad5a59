"""The operator Max."""

from __future__ import annotations

from functools import reduce

import numpy as np

from qmodel.dtypes import Array
from qmodel.runtime.precision import require_one_dtype
from qmodel.runtime.registry import operator


@operator("Max", since=8)
def maximum_of_all(*values: Array) -> Array:
    """Elementwise maximum with NumPy's broadcasting; NaN wins."""
    require_one_dtype(*values)
    return reduce(np.maximum, values)
