"""Which kinds of elements an operator takes: NumPy would take nearly all, and promote them silently."""

from __future__ import annotations

from qmodel.dtypes import Array
from qmodel.errors import GraphError

_FLOATS = ("bfloat16", "float16", "float32", "float64")


def is_integer(array: Array, /) -> bool:
    """Whether the elements are integers of any width, those of 4 and 2 bits included; bool is not."""
    return array.dtype.name.startswith(("int", "uint"))


def require_floats(*arrays: Array | None) -> None:
    """Refuse anything but bfloat16, float16, float32 and float64.

    Raises:
        GraphError: an array has another dtype.
    """
    for array in arrays:
        if array is not None and array.dtype.name not in _FLOATS:
            raise GraphError(f"wanted one of the element types {', '.join(_FLOATS)}, got {array.dtype}")


def require_integers(*arrays: Array | None) -> None:
    """Refuse anything but integers.

    Raises:
        GraphError: an array has another dtype.
    """
    for array in arrays:
        if array is not None and not is_integer(array):
            raise GraphError(f"wanted integers, got {array.dtype}")


def require_bools(*arrays: Array | None) -> None:
    """Refuse anything but bool.

    Raises:
        GraphError: an array has another dtype.
    """
    for array in arrays:
        if array is not None and array.dtype != bool:
            raise GraphError(f"wanted bool, got {array.dtype}")
