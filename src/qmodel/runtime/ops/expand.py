"""The operator Expand."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.runtime.memory import require_memory
from qmodel.runtime.registry import operator


@operator("Expand", since=8, grows=True)
def expand(x: Array, shape: Array, /, *, memory_limit: int) -> Array:
    """A read-only view, broadcast with a shape in both directions."""
    lengths = np.broadcast_shapes(x.shape, tuple(int(length) for length in shape))
    require_memory(lengths, x.dtype, memory_limit)
    return np.broadcast_to(x, lengths)
