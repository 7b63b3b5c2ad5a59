"""The operator Cast."""

from __future__ import annotations

from qmodel.dtypes import Array
from qmodel.runtime.conversion import converted
from qmodel.runtime.element_types import dtype_of
from qmodel.runtime.registry import operator


@operator("Cast")
def cast(x: Array, /, *, to: int, saturate: int = 1, round_mode: str = "up") -> Array:
    """The values in another dtype; floats become integers by truncation."""
    return converted(x, dtype_of(to), saturate=bool(saturate), round_mode=round_mode)
