"""The operator Concat."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.runtime.precision import require_one_dtype
from qmodel.runtime.registry import operator


@operator("Concat", since=4, fresh=True)
def concat(*values: Array, axis: int) -> Array:
    """Values one after another along an axis."""
    require_one_dtype(*values)
    return np.concatenate(values, axis=axis)
