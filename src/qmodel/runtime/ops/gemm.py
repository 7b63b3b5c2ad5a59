"""The operator Gemm."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.errors import GraphError
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
    relu: bool = False,
) -> Array:
    """Alpha * A' B' + beta * C of matrices, C broadcast; float types narrower than float32 are summed in float32."""
    require_one_dtype(a, b, c)
    if a.ndim != 2 or b.ndim != 2:
        raise GraphError(f"A and B must be matrices, got shapes {a.shape} and {b.shape}")
    left, right = widened(a.T if transA else a), widened(b.T if transB else b)
    made: Array = np.matmul(left, right)
    if alpha != 1:
        made *= made.dtype.type(alpha)
    if c is not None and beta != 0:
        made += widened(c) if beta == 1 else widened(c) * made.dtype.type(beta)
    if relu:
        np.maximum(made, 0, out=made)
    return made.astype(a.dtype, copy=False)
