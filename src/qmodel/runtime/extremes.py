"""The smallest value of a dtype: what a maximum over nothing is."""

from __future__ import annotations

from typing import Any

import numpy as np


def lowest(dtype: np.dtype[Any], /) -> float | int:
    """Minus infinity for floats, the smallest integer for integers, 0 for bool."""
    if dtype.kind == "b":
        return 0
    return int(np.iinfo(dtype).min) if dtype.kind in "iu" else -np.inf
