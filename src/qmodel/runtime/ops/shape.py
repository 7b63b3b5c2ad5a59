"""The operator Shape."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.runtime.registry import operator


@operator("Shape", fresh=True)
def shape(x: Array, /, *, start: int = 0, end: int | None = None) -> Array:
    """Lengths of the axes from `start` up to and without `end`, int64."""
    return np.array(x.shape[start:end], dtype=np.int64)
