"""The operator MatMul."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.runtime.precision import require_one_dtype, widened
from qmodel.runtime.registry import operator


@operator("MatMul", fresh=True)
def matmul(a: Array, b: Array, /) -> Array:
    """Matrix product of the last two axes; float types narrower than float32 are summed in float32."""
    require_one_dtype(a, b)
    return np.asarray(np.matmul(widened(a), widened(b))).astype(a.dtype, copy=False)
