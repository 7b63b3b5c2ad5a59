"""The operator Tile."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.runtime.memory import require_memory
from qmodel.runtime.registry import operator


@operator("Tile", since=6, fresh=True, grows=True)
def tile(x: Array, repeats: Array, /, *, memory_limit: int) -> Array:
    """The array repeated along each axis."""
    counts = tuple(int(count) for count in repeats)
    require_memory((x.size, *counts), x.dtype, memory_limit)
    return np.tile(x, counts)
