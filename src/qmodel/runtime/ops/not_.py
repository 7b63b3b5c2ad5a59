"""The operator Not."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.runtime.element_kinds import require_bools
from qmodel.runtime.registry import operator


@operator("Not", fresh=True)
def logical_not(x: Array, /, *, out: Array | None = None) -> Array:
    """True where x is false."""
    require_bools(x)
    return np.logical_not(x, out=out)
