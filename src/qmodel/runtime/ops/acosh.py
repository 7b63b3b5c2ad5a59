"""The operator Acosh."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.runtime.element_kinds import require_floats
from qmodel.runtime.registry import operator


@operator("Acosh", since=9, fresh=True)
def acosh(x: Array, /, *, out: Array | None = None) -> Array:
    """Inverse hyperbolic cosine; NaN below 1."""
    require_floats(x)
    return np.arccosh(x, out=out)
