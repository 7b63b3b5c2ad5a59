"""The operator Log."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.runtime.registry import operator


@operator("Log", fresh=True)
def log(x: Array, /, *, out: Array | None = None) -> Array:
    """Natural logarithm."""
    return np.log(x, out=out)
