"""The operator Mul."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.runtime.precision import require_one_dtype
from qmodel.runtime.registry import operator


@operator("Mul", since=7, fresh=True)
def mul(a: Array, b: Array, /, *, out: Array | None = None) -> Array:
    """A * b with NumPy's broadcasting; integers wrap."""
    require_one_dtype(a, b)
    return np.multiply(a, b, out=out)
