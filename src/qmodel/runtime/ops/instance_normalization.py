"""The operator InstanceNormalization."""

from __future__ import annotations

from qmodel.dtypes import Array
from qmodel.runtime.precision import require_one_dtype
from qmodel.runtime.registry import operator
from qmodel.runtime.standardization import scaled_and_moved, standardized


@operator("InstanceNormalization", since=6, fresh=True)
def instance_normalization(x: Array, scale: Array, bias: Array, /, *, epsilon: float = 1e-5) -> Array:
    """Each channel of each image of (N, C, ...) standardized, then scaled and moved by channel (arXiv:1607.08022)."""
    require_one_dtype(x, scale, bias)
    made, _, _ = standardized(x, tuple(range(2, x.ndim)), epsilon)
    channels = (-1, *(1,) * (x.ndim - 2))
    factor, offset = (values.astype(made.dtype, copy=False).reshape(channels) for values in (scale, bias))
    return scaled_and_moved(made, factor, offset).astype(x.dtype, copy=False)
