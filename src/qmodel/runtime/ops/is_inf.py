"""The operator IsInf."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.runtime.registry import operator


@operator("IsInf", since=10, fresh=True)
def is_inf(x: Array, /, *, detect_negative: int = 1, detect_positive: int = 1) -> Array:
    """Where x is infinite, bool; the signs not to be detected count as finite."""
    found = np.isinf(x)
    if not detect_negative:
        found &= x > 0
    if not detect_positive:
        found &= x < 0
    return found
