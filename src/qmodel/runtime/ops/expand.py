"""The operator Expand."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.runtime.registry import operator


@operator("Expand", since=8, grows=True)
def expand(x: Array, shape: Array, /) -> Array:
    """A read-only view, broadcast with a shape in both directions."""
    return np.broadcast_to(x, np.broadcast_shapes(x.shape, tuple(int(length) for length in shape)))
