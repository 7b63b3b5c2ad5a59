"""The operator LpNormalization."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.errors import GraphError
from qmodel.runtime.axes import positive_axis
from qmodel.runtime.element_kinds import require_floats
from qmodel.runtime.precision import widened
from qmodel.runtime.registry import operator


@operator("LpNormalization", fresh=True)
def lp_normalization(x: Array, /, *, axis: int = -1, p: int = 2) -> Array:
    """X divided by the sum of magnitudes along an axis (p = 1), or by its square root of the sum of squares (p = 2).

    Zeros alone stay zeros.
    """
    require_floats(x)
    along = positive_axis(axis, x.ndim)
    wide = widened(x)
    if p == 1:
        norm = np.abs(wide).sum(along, keepdims=True)
    elif p == 2:
        norm = np.sqrt(np.square(wide).sum(along, keepdims=True))
    else:
        raise GraphError(f"p must be 1 or 2, got {p}")
    made: Array = wide / np.where(norm == 0, norm.dtype.type(1), norm)
    return made.astype(x.dtype, copy=False)
