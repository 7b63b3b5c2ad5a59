"""The operator DequantizeLinear."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.runtime.conversion import converted
from qmodel.runtime.element_kinds import require_floats
from qmodel.runtime.element_types import dtype_of
from qmodel.runtime.granularity import find_granularity
from qmodel.runtime.precision import require_one_dtype
from qmodel.runtime.registry import operator
from qmodel.runtime.requantization import centred


@operator("DequantizeLinear", since=10, fresh=True)
def dequantize_linear(
    x: Array,
    scale: Array,
    zero_point: Array | None = None,
    /,
    *,
    axis: int = 1,
    block_size: int = 0,
    output_dtype: int = 0,
) -> Array:
    """(x - zero point) * scale, of the scale's dtype or of `output_dtype`; multiplied in float32."""
    require_one_dtype(x, zero_point)
    dtype = dtype_of(output_dtype) if output_dtype else scale.dtype
    require_floats(np.empty(0, dtype))
    granularity = find_granularity(x.shape, scale, zero_point, axis=axis, block_size=block_size)
    view = x.reshape(granularity.view_shape)
    offset = None if zero_point is None else granularity.spread(zero_point)
    if x.dtype == np.int32 and offset is not None:
        view, offset = view - offset, None
    made = np.asarray(centred(view, offset, np.float32))
    made *= granularity.spread(scale).astype(np.float32, copy=False)
    return converted(made, dtype).reshape(x.shape)
