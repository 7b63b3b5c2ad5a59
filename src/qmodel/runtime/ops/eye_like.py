"""The operator EyeLike."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.errors import GraphError
from qmodel.runtime.element_types import dtype_of
from qmodel.runtime.memory import require_memory
from qmodel.runtime.registry import operator


@operator("EyeLike", since=9, fresh=True, grows=True)
def eye_like(x: Array, /, *, memory_limit: int, dtype: int | None = None, k: int = 0) -> Array:
    """Ones on the k-th diagonal of a matrix of x's shape, of x's dtype or of an ONNX element type."""
    if x.ndim != 2:
        raise GraphError(f"wanted a matrix, got shape {x.shape}")
    element_type = x.dtype if dtype is None else dtype_of(dtype)
    require_memory(x.shape, element_type, memory_limit)
    rows, columns = x.shape
    made = np.zeros(x.shape, dtype=element_type)
    row = np.arange(max(0, -k), min(rows, columns - k), dtype=np.int64)
    made[row, row + k] = 1
    return made
