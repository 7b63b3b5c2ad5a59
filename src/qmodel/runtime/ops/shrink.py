"""The operator Shrink."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.runtime.registry import operator


@operator("Shrink", since=9, fresh=True)
def shrink(x: Array, /, *, bias: float = 0.0, lambd: float = 0.5) -> Array:
    """X + bias below -lambd, x - bias above lambd, else 0; integers are computed in float64 and truncated."""
    source = x.astype(np.float64) if x.dtype.kind in "iu" else x
    number = source.dtype.type
    made = np.where(source > number(lambd), source - number(bias), number(0))
    return np.where(source < number(-lambd), source + number(bias), made).astype(x.dtype, copy=False)
