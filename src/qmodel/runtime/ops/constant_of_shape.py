"""The operator ConstantOfShape."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.runtime.memory import require_memory
from qmodel.runtime.registry import operator


@operator("ConstantOfShape", since=9, fresh=True, grows=True)
def constant_of_shape(shape: Array, /, *, memory_limit: int, value: Array | None = None) -> Array:
    """An array filled with one value; zeros of float32 without it."""
    filling = np.zeros(1, dtype=np.float32) if value is None else value
    lengths = tuple(int(length) for length in shape)
    require_memory(lengths, filling.dtype, memory_limit)
    return np.full(lengths, filling.reshape(()), dtype=filling.dtype)
