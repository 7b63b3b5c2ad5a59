"""The operator MatMul."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.kernels.integer_products import integer_matmul
from qmodel.runtime.precision import require_one_dtype, widened
from qmodel.runtime.registry import operator


@operator("MatMul", fresh=True)
def matmul(a: Array, b: Array, /) -> Array:
    """Matrix product of the last two axes; narrower floats are summed in float32, integers wrap."""
    require_one_dtype(a, b)
    if a.dtype.kind in "iu" and a.ndim and b.ndim:
        return integer_matmul(a, b, a.dtype)
    return np.asarray(np.matmul(widened(a), widened(b))).astype(a.dtype, copy=False)
