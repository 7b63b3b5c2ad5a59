"""The operator Tan."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.runtime.element_kinds import require_floats
from qmodel.runtime.registry import operator


@operator("Tan", since=7, fresh=True)
def tan(x: Array, /, *, out: Array | None = None) -> Array:
    """Tangent of radians."""
    require_floats(x)
    return np.tan(x, out=out)
