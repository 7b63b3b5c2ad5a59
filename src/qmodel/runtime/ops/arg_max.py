"""The operator ArgMax."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.runtime.places_along import place_along
from qmodel.runtime.registry import operator


@operator("ArgMax", fresh=True)
def arg_max(x: Array, /, *, axis: int = 0, keepdims: int = 1, select_last_index: int = 0) -> Array:
    """Index of the largest element along an axis, int64: of the first one, or of the last with `select_last_index`."""
    return place_along(np.argmax, x, axis, keepdims=bool(keepdims), last=bool(select_last_index))
