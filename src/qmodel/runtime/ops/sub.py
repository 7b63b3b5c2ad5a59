"""The operator Sub."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.runtime.precision import require_one_dtype
from qmodel.runtime.registry import operator


@operator("Sub", since=7, fresh=True)
def sub(a: Array, b: Array, /, *, out: Array | None = None) -> Array:
    """A - b with NumPy's broadcasting; integers wrap."""
    require_one_dtype(a, b)
    return np.subtract(a, b, out=out)
