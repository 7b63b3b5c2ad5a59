"""The operator Sum."""

from __future__ import annotations

from functools import reduce

import numpy as np

from qmodel.dtypes import Array
from qmodel.runtime.element_kinds import require_floats
from qmodel.runtime.precision import require_one_dtype
from qmodel.runtime.registry import operator


@operator("Sum", since=8)
def sum_of_all(*values: Array) -> Array:
    """Elementwise sum with NumPy's broadcasting, from the first value to the last."""
    require_one_dtype(*values)
    require_floats(*values)
    return reduce(np.add, values)
