"""The operator HardSigmoid."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.runtime.precision import widened
from qmodel.runtime.registry import operator


@operator("HardSigmoid", since=6, fresh=True)
def hard_sigmoid(x: Array, /, *, alpha: float = 0.2, beta: float = 0.5) -> Array:
    """Alpha * x + beta, kept between 0 and 1."""
    wide = widened(x)
    number = wide.dtype.type
    made: Array = np.clip(wide * number(alpha) + number(beta), number(0), number(1))
    return made.astype(x.dtype, copy=False)
