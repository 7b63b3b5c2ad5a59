"""The operator LayerNormalization."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.errors import GraphError
from qmodel.runtime.axes import positive_axis
from qmodel.runtime.element_types import dtype_of
from qmodel.runtime.precision import require_one_dtype
from qmodel.runtime.registry import operator
from qmodel.runtime.standardization import scaled_and_moved, standardized


@operator("LayerNormalization", since=17, fresh=True)
def layer_normalization(
    x: Array,
    scale: Array,
    bias: Array | None = None,
    /,
    *,
    axis: int = -1,
    epsilon: float = 1e-5,
    stash_type: int = 1,
) -> tuple[Array, Array, Array]:
    """X standardized along `axis` and all after it, scaled and moved; the mean; 1 / standard deviation."""
    require_one_dtype(x, scale, bias)
    if np.broadcast_shapes(x.shape, scale.shape, () if bias is None else bias.shape) != x.shape:
        raise GraphError(f"a scale of shape {scale.shape} and its bias do not fit into {x.shape}")
    axes = tuple(range(positive_axis(axis, x.ndim), x.ndim))
    made, mean, inverse = standardized(x, axes, epsilon)
    stash = dtype_of(stash_type)
    return scaled_and_moved(made, scale, bias), mean.astype(stash, copy=False), inverse.astype(stash, copy=False)
