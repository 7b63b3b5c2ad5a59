"""The operator MatMulInteger."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.errors import GraphError
from qmodel.kernels.integer_products import integer_matmul
from qmodel.runtime.precision import require_one_dtype
from qmodel.runtime.registry import operator
from qmodel.runtime.requantization import centred

_BYTES = (np.int8, np.uint8)


@operator("MatMulInteger", since=10, fresh=True)
def matmul_integer(
    a: Array, b: Array, a_zero_point: Array | None = None, b_zero_point: Array | None = None, /
) -> Array:
    """(A - its zero point) times (B - its zero point), summed in int32, which wraps.

    A's zero point may be a vector with one for each row, B's one for each column.
    """
    require_one_dtype(a, a_zero_point)
    require_one_dtype(b, b_zero_point)
    if a.dtype not in _BYTES or b.dtype not in _BYTES:
        raise GraphError(f"wanted int8 or uint8, got {a.dtype} and {b.dtype}")
    row_zero_point = None if a_zero_point is None else of_rows(a_zero_point)
    left, right = centred(a, row_zero_point, np.float32), centred(b, b_zero_point, np.float32)
    return integer_matmul(left, right, np.dtype(np.int32))


def of_rows(parameter: Array, /) -> Array:
    """A scale or zero point of a left matrix: a vector has one for each row."""
    return parameter[:, None] if parameter.ndim == 1 and parameter.size > 1 else parameter
