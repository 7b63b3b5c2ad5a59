"""The operator RMSNormalization."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.errors import GraphError
from qmodel.runtime.axes import positive_axis
from qmodel.runtime.element_kinds import require_floats
from qmodel.runtime.precision import widened
from qmodel.runtime.registry import operator
from qmodel.runtime.standardization import scaled_and_moved


@operator("RMSNormalization", since=23, fresh=True)
def rms_normalization(
    x: Array, scale: Array, /, *, axis: int = -1, epsilon: float = 1e-5, stash_type: int = 1
) -> Array:
    """X / sqrt(mean of squares + epsilon) along `axis` and all after it, scaled, of the scale's dtype.

    Computed in float32, or in float64 for float64 (arXiv:1910.07467).
    """
    require_floats(x, scale)
    if np.broadcast_shapes(x.shape, scale.shape) != x.shape:
        raise GraphError(f"a scale of shape {scale.shape} does not fit into {x.shape}")
    wide = widened(x)
    axes = tuple(range(positive_axis(axis, x.ndim), x.ndim))
    root = np.asarray(np.square(wide).mean(axes, keepdims=True))
    root += root.dtype.type(epsilon)
    np.sqrt(root, out=root)
    return scaled_and_moved(np.asarray(wide / root).astype(x.dtype, copy=False), scale, None)
