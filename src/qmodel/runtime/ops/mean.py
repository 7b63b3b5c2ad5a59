"""The operator Mean."""

from __future__ import annotations

from functools import reduce

import numpy as np

from qmodel.dtypes import Array
from qmodel.runtime.element_kinds import require_floats
from qmodel.runtime.precision import require_one_dtype
from qmodel.runtime.registry import operator


@operator("Mean", since=8, fresh=True)
def mean_of_all(*values: Array) -> Array:
    """Elementwise mean with NumPy's broadcasting: the sum from the first value to the last, divided by their number."""
    require_one_dtype(*values)
    require_floats(*values)
    total: Array = reduce(np.add, values)
    return np.asarray(total / total.dtype.type(len(values)))
