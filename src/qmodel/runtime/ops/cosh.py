"""The operator Cosh."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.runtime.element_kinds import require_floats
from qmodel.runtime.registry import operator


@operator("Cosh", since=9, fresh=True)
def cosh(x: Array, /, *, out: Array | None = None) -> Array:
    """Hyperbolic cosine."""
    require_floats(x)
    return np.cosh(x, out=out)
