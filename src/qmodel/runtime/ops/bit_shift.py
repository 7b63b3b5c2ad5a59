"""The operator BitShift."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.errors import GraphError
from qmodel.runtime.element_kinds import require_integers
from qmodel.runtime.precision import require_one_dtype
from qmodel.runtime.registry import operator


@operator("BitShift", since=11, fresh=True)
def bit_shift(x: Array, y: Array, /, *, direction: str) -> Array:
    """X's bits moved by y, with NumPy's broadcasting; a shift that is negative or not below the width moves all out.

    Negative numbers keep their sign to the RIGHT, and lose what goes past it to the LEFT.
    """
    require_one_dtype(x, y)
    require_integers(x, y)
    most = 8 * x.dtype.itemsize - 1
    moves_all = (y < 0) | (y > most)
    if direction == "RIGHT":
        if x.dtype.kind == "u":
            return np.where(moves_all, x.dtype.type(0), np.right_shift(x, y))
        return np.right_shift(x, np.where(moves_all, x.dtype.type(most), y))
    if direction == "LEFT":
        return np.where(moves_all, x.dtype.type(0), np.left_shift(x, np.where(moves_all, x.dtype.type(0), y)))
    raise GraphError(f"direction must be LEFT or RIGHT, got {direction!r}")
