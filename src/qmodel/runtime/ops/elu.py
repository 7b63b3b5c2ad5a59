"""The operator Elu."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.runtime.registry import operator


@operator("Elu", since=6, fresh=True)
def elu(x: Array, /, *, alpha: float = 1.0) -> Array:
    """X where it is not negative, else alpha * (e^x - 1)."""
    return np.where(x < 0, np.expm1(x) * x.dtype.type(alpha), x)
