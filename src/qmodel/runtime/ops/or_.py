"""The operator Or."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.runtime.element_kinds import require_bools
from qmodel.runtime.precision import require_one_dtype
from qmodel.runtime.registry import operator


@operator("Or", since=7, fresh=True)
def logical_or(a: Array, b: Array, /, *, out: Array | None = None) -> Array:
    """Where at least one holds, with NumPy's broadcasting."""
    require_one_dtype(a, b)
    require_bools(a, b)
    return np.logical_or(a, b, out=out)
