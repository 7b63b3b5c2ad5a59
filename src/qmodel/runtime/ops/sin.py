"""The operator Sin."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.runtime.element_kinds import require_floats
from qmodel.runtime.registry import operator


@operator("Sin", since=7, fresh=True)
def sin(x: Array, /, *, out: Array | None = None) -> Array:
    """Sine of radians."""
    require_floats(x)
    return np.sin(x, out=out)
