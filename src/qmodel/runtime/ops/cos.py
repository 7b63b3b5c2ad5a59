"""The operator Cos."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.runtime.element_kinds import require_floats
from qmodel.runtime.registry import operator


@operator("Cos", since=7, fresh=True)
def cos(x: Array, /, *, out: Array | None = None) -> Array:
    """Cosine of radians."""
    require_floats(x)
    return np.cos(x, out=out)
