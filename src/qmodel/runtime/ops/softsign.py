"""The operator Softsign."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.runtime.element_kinds import require_floats
from qmodel.runtime.registry import operator


@operator("Softsign", fresh=True)
def softsign(x: Array, /) -> Array:
    """X / (1 + |x|)."""
    require_floats(x)
    made: Array = np.asarray(np.abs(x))
    made += x.dtype.type(1)
    np.divide(x, made, out=made)
    return made
