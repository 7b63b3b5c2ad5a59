"""The operator Swish."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.runtime.element_kinds import require_floats
from qmodel.runtime.precision import widened
from qmodel.runtime.registry import operator


@operator("Swish", since=24, fresh=True)
def swish(x: Array, /, *, alpha: float = 1.0) -> Array:
    """X / (1 + e^(-alpha * x)) (arXiv:1710.05941)."""
    require_floats(x)
    wide = widened(x)
    made: Array = np.asarray(wide * wide.dtype.type(-alpha))
    np.exp(made, out=made)
    made += wide.dtype.type(1)
    np.divide(wide, made, out=made)
    return made.astype(x.dtype, copy=False)
