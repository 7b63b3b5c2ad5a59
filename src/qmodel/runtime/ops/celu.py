"""The operator Celu."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.runtime.element_kinds import require_floats
from qmodel.runtime.registry import operator


@operator("Celu", since=12, fresh=True)
def celu(x: Array, /, *, alpha: float = 1.0) -> Array:
    """X where it is positive, else alpha * (e^(x / alpha) - 1) (J. T. Barron, arXiv:1704.07483)."""
    require_floats(x)
    scale = x.dtype.type(alpha)
    return np.where(x > 0, x, np.expm1(x / scale) * scale)
