"""The operator Atanh."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.runtime.element_kinds import require_floats
from qmodel.runtime.registry import operator


@operator("Atanh", since=9, fresh=True)
def atanh(x: Array, /, *, out: Array | None = None) -> Array:
    """Inverse hyperbolic tangent; NaN outside -1 to 1."""
    require_floats(x)
    return np.arctanh(x, out=out)
