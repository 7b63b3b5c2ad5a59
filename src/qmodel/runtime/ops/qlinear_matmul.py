"""The operator QLinearMatMul."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.errors import GraphError
from qmodel.kernels.integer_products import integer_matmul
from qmodel.runtime.element_kinds import is_integer
from qmodel.runtime.ops.matmul_integer import of_rows
from qmodel.runtime.precision import require_one_dtype
from qmodel.runtime.registry import operator
from qmodel.runtime.requantization import centred, requantized


@operator("QLinearMatMul", since=10, fresh=True)
def qlinear_matmul(
    a: Array,
    a_scale: Array,
    a_zero_point: Array,
    b: Array,
    b_scale: Array,
    b_zero_point: Array,
    y_scale: Array,
    y_zero_point: Array,
    /,
) -> Array:
    """The product of two quantized matrices, quantized: sums in int32, scaled in float32, rounded, saturated.

    A's scale and zero point may be vectors with one for each row, B's with one for each column. 8-bit floats are summed
    in float32.
    """
    require_one_dtype(a, a_zero_point)
    require_one_dtype(b, b_zero_point)
    require_one_dtype(a_scale, b_scale, y_scale)
    if y_scale.size != 1 or y_zero_point.size != 1:
        raise GraphError(f"the scale and zero point of y must be scalars, got shapes {y_scale.shape}")
    left, right = centred(a, of_rows(a_zero_point), np.float32), centred(b, b_zero_point, np.float32)
    if is_integer(a) and is_integer(b):
        product = integer_matmul(left, right, np.dtype(np.int32)).astype(np.float32)
    else:
        product = np.asarray(np.matmul(left, right))
    rows, columns, divisor = (scale.astype(np.float32) for scale in (a_scale, b_scale, y_scale.reshape(())))
    np.multiply(product, of_rows(rows) * columns / divisor, out=product)
    return requantized(product, y_zero_point.reshape(()), y_zero_point.dtype)
