"""The operator Acos."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.runtime.element_kinds import require_floats
from qmodel.runtime.registry import operator


@operator("Acos", since=7, fresh=True)
def acos(x: Array, /, *, out: Array | None = None) -> Array:
    """Inverse cosine, 0 to pi; NaN outside -1 to 1."""
    require_floats(x)
    return np.arccos(x, out=out)
