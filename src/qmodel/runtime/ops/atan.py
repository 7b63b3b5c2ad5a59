"""The operator Atan."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.runtime.element_kinds import require_floats
from qmodel.runtime.registry import operator


@operator("Atan", since=7, fresh=True)
def atan(x: Array, /, *, out: Array | None = None) -> Array:
    """Inverse tangent, -pi/2 to pi/2."""
    require_floats(x)
    return np.arctan(x, out=out)
