"""The operator Selu."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.runtime.element_kinds import require_floats
from qmodel.runtime.registry import operator


@operator("Selu", since=6, fresh=True)
def selu(x: Array, /, *, alpha: float = 1.6732631921768188, gamma: float = 1.0507010221481323) -> Array:
    """Gamma * x where x is positive, else gamma * alpha * (e^x - 1)."""
    require_floats(x)
    number = x.dtype.type
    made: Array = np.where(x > 0, x * number(gamma), np.expm1(x) * number(gamma * alpha))
    return made
