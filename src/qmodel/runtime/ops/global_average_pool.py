"""The operator GlobalAveragePool."""

from __future__ import annotations

from qmodel.dtypes import Array
from qmodel.runtime.registry import operator


@operator("GlobalAveragePool", fresh=True)
def global_average_pool(x: Array, /) -> Array:
    """Mean of each channel of (N, C, ...), the spatial axes kept with length 1."""
    made: Array = x.mean(axis=tuple(range(2, x.ndim)), keepdims=True)
    return made
