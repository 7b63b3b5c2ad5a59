"""Element types inside operators: which must agree, and which are widened while a long sum is formed."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.errors import GraphError

_WIDE = (np.dtype(np.float32), np.dtype(np.float64))


def require_one_dtype(*arrays: Array | None) -> None:
    """Refuse inputs of different dtypes, as ONNX does: NumPy would promote them silently.

    Raises:
        GraphError: two dtypes differ.
    """
    if len({array.dtype for array in arrays if array is not None}) > 1:
        dtypes = ", ".join(str(array.dtype) for array in arrays if array is not None)
        raise GraphError(f"inputs must have one element type, got {dtypes}; insert a Cast")


def widened(array: Array, /) -> Array:
    """Float types narrower than float32 as float32, for matrix products; others as they are."""
    if array.dtype in _WIDE or array.dtype.kind in "biu":  # soon told; a name is spelled anew each time
        return array
    is_narrow_float = array.dtype.name in ("float16", "bfloat16") or array.dtype.name.startswith("float8")
    return array.astype(np.float32) if is_narrow_float else array
