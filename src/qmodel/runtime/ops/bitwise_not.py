"""The operator BitwiseNot."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.runtime.element_kinds import require_integers
from qmodel.runtime.registry import operator


@operator("BitwiseNot", since=18, fresh=True)
def bitwise_not(x: Array, /, *, out: Array | None = None) -> Array:
    """Every bit the other way round."""
    require_integers(x)
    return np.invert(x, out=out)
