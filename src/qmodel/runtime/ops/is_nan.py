"""The operator IsNaN."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.runtime.registry import operator


@operator("IsNaN", since=9, fresh=True)
def is_nan(x: Array, /) -> Array:
    """Where x is no number, bool."""
    return np.isnan(x)
