"""The extreme values of a dtype: what a maximum and a minimum over nothing are."""

from __future__ import annotations

from typing import Any

import numpy as np


def lowest(dtype: np.dtype[Any], /) -> float | int:
    """Minus infinity for floats, the smallest integer for integers, 0 for bool."""
    if dtype.kind == "b":
        return 0
    return int(np.iinfo(dtype).min) if dtype.kind in "iu" else -np.inf


def highest(dtype: np.dtype[Any], /) -> float | int:
    """Infinity for floats, the largest integer for integers, 1 for bool."""
    if dtype.kind == "b":
        return 1
    return int(np.iinfo(dtype).max) if dtype.kind in "iu" else np.inf
