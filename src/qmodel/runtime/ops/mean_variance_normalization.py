"""The operator MeanVarianceNormalization."""

from __future__ import annotations

from qmodel.dtypes import Array
from qmodel.runtime.axes import positive_axes
from qmodel.runtime.registry import Ints, operator
from qmodel.runtime.standardization import standardized

_EPSILON = 1e-9  # as in ONNX's definition by other operators


@operator("MeanVarianceNormalization", since=9, fresh=True)
def mean_variance_normalization(x: Array, /, *, axes: Ints = (0, 2, 3)) -> Array:
    """(x - mean) / standard deviation along axes."""
    made, _, _ = standardized(x, positive_axes(axes, x.ndim), _EPSILON)
    return made.astype(x.dtype, copy=False)
