"""The operator Asin."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.runtime.element_kinds import require_floats
from qmodel.runtime.registry import operator


@operator("Asin", since=7, fresh=True)
def asin(x: Array, /, *, out: Array | None = None) -> Array:
    """Inverse sine, -pi/2 to pi/2; NaN outside -1 to 1."""
    require_floats(x)
    return np.arcsin(x, out=out)
