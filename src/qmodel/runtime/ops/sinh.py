"""The operator Sinh."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.runtime.element_kinds import require_floats
from qmodel.runtime.registry import operator


@operator("Sinh", since=9, fresh=True)
def sinh(x: Array, /, *, out: Array | None = None) -> Array:
    """Hyperbolic sine."""
    require_floats(x)
    return np.sinh(x, out=out)
