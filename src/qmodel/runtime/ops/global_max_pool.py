"""The operator GlobalMaxPool."""

from __future__ import annotations

from qmodel.dtypes import Array
from qmodel.runtime.registry import operator


@operator("GlobalMaxPool", fresh=True)
def global_max_pool(x: Array, /) -> Array:
    """Maximum of each channel of (N, C, ...), the spatial axes kept with length 1."""
    made: Array = x.max(axis=tuple(range(2, x.ndim)), keepdims=True)
    return made
