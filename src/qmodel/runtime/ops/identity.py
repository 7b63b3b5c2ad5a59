"""The operator Identity."""

from __future__ import annotations

from qmodel.dtypes import Array
from qmodel.runtime.registry import operator


@operator("Identity")
def identity(x: Array, /) -> Array:
    """The input itself."""
    return x
