"""The operator Flatten."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.errors import GraphError
from qmodel.runtime.registry import operator


@operator("Flatten")
def flatten(x: Array, /, *, axis: int = 1) -> Array:
    """All axes before `axis` as one, all others as another."""
    if not -x.ndim <= axis <= x.ndim:
        raise GraphError(f"axis {axis} is not between {-x.ndim} and {x.ndim}")
    split = axis + x.ndim if axis < 0 else axis
    return x.reshape(int(np.prod(x.shape[:split], dtype=np.int64)), int(np.prod(x.shape[split:], dtype=np.int64)))
