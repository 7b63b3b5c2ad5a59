"""The operator Reciprocal."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.runtime.element_kinds import require_floats
from qmodel.runtime.registry import operator


@operator("Reciprocal", since=6, fresh=True)
def reciprocal(x: Array, /, *, out: Array | None = None) -> Array:
    """1 / x."""
    require_floats(x)
    return np.reciprocal(x, out=out)
