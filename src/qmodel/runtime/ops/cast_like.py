"""The operator CastLike."""

from __future__ import annotations

from qmodel.dtypes import Array
from qmodel.runtime.conversion import converted
from qmodel.runtime.registry import operator


@operator("CastLike", since=15)
def cast_like(x: Array, target: Array, /, *, saturate: int = 1, round_mode: str = "up") -> Array:
    """The values in the dtype of another array; floats become integers by truncation."""
    return converted(x, target.dtype, saturate=bool(saturate), round_mode=round_mode)
