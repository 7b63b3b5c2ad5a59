"""The operator Gemm."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.errors import GraphError
from qmodel.kernels.convolution_geometry import Finish
from qmodel.kernels.integer_products import integer_matmul
from qmodel.runtime.precision import require_one_dtype, widened
from qmodel.runtime.registry import operator


@operator("Gemm", since=7, fresh=True)
def gemm(
    a: Array,
    b: Array,
    c: Array | None = None,
    /,
    *,
    alpha: float = 1.0,
    beta: float = 1.0,
    transA: int = 0,
    transB: int = 0,
    finish: Finish | None = None,
) -> Array:
    """Alpha * A' B' + beta * C of matrices, C broadcast; narrower floats are summed in float32, integers wrap."""
    require_one_dtype(a, b, c)
    if a.ndim != 2 or b.ndim != 2:
        raise GraphError(f"A and B must be matrices, got shapes {a.shape} and {b.shape}")
    left, right = widened(a.T if transA else a), widened(b.T if transB else b)
    product = integer_matmul(left, right, a.dtype) if a.dtype.kind in "iu" else np.asarray(np.matmul(left, right))
    made = _scaled(product, alpha)
    if c is not None and beta != 0:
        made += _scaled(widened(c), beta)
    if finish is not None:
        finish(made)
    return made.astype(a.dtype, copy=False)


def _scaled(values: Array, factor: float) -> Array:
    """Times a factor; integers are truncated."""
    if factor == 1:
        return values
    scaled: Array = values * factor
    return scaled.astype(values.dtype, copy=False)
