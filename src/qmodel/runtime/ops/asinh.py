"""The operator Asinh."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.runtime.element_kinds import require_floats
from qmodel.runtime.registry import operator


@operator("Asinh", since=9, fresh=True)
def asinh(x: Array, /, *, out: Array | None = None) -> Array:
    """Inverse hyperbolic sine."""
    require_floats(x)
    return np.arcsinh(x, out=out)
