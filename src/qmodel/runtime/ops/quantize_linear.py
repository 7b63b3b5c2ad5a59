"""The operator QuantizeLinear."""

from __future__ import annotations

from typing import Any

import numpy as np

from qmodel.dtypes import Array
from qmodel.errors import GraphError
from qmodel.runtime.element_types import dtype_of
from qmodel.runtime.granularity import find_granularity
from qmodel.runtime.registry import operator
from qmodel.runtime.requantization import requantized

# Scales of these types have no division of their own.
_DIVIDED_IN = {"int32": np.float64, "float8_e8m0fnu": np.float32}


@operator("QuantizeLinear", since=10, fresh=True)
def quantize_linear(
    x: Array,
    scale: Array,
    zero_point: Array | None = None,
    /,
    *,
    axis: int = 1,
    block_size: int = 0,
    output_dtype: int = 0,
    precision: int = 0,
    saturate: int = 1,
) -> Array:
    """X / scale, rounded, plus the zero point, saturated: of the zero point's type, or `output_dtype`, or uint8."""
    dtype = _output_dtype(zero_point, output_dtype)
    granularity = find_granularity(x.shape, scale, zero_point, axis=axis, block_size=block_size)
    divided_in = dtype_of(precision) if precision else np.dtype(_DIVIDED_IN.get(scale.dtype.name, scale.dtype))
    numerator = x.reshape(granularity.view_shape).astype(divided_in, copy=False)
    quotient = np.asarray(numerator / granularity.spread(scale).astype(divided_in, copy=False))
    offset = None if zero_point is None else granularity.spread(zero_point)
    return requantized(quotient, offset, dtype, saturate=bool(saturate)).reshape(x.shape)


def _output_dtype(zero_point: Array | None, output_dtype: int) -> np.dtype[Any]:
    wanted = dtype_of(output_dtype) if output_dtype else None
    if zero_point is None:
        return np.dtype(np.uint8) if wanted is None else wanted
    if wanted not in (None, zero_point.dtype):
        raise GraphError(f"output_dtype is {wanted}, but the zero point is {zero_point.dtype}")
    return zero_point.dtype
