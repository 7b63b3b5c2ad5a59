"""The operator Compress."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.errors import GraphError
from qmodel.runtime.axes import positive_axis
from qmodel.runtime.element_kinds import require_bools
from qmodel.runtime.registry import operator


@operator("Compress", since=9, fresh=True)
def compress(x: Array, condition: Array, /, *, axis: int | None = None) -> Array:
    """Entries of an axis, or elements of the flattened x, where the condition holds; it may be shorter than those."""
    require_bools(condition)
    if condition.ndim != 1:
        raise GraphError(f"the condition must have one axis, got shape {condition.shape}")
    along = None if axis is None else positive_axis(axis, x.ndim)
    return np.take(x, np.flatnonzero(condition), axis=along)
