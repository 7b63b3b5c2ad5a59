"""The operator HardSwish."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.runtime.precision import widened
from qmodel.runtime.registry import operator


@operator("HardSwish", since=14, fresh=True)
def hard_swish(x: Array, /) -> Array:
    """X times (x / 6 + 1/2 kept between 0 and 1)."""
    wide = widened(x)
    number = wide.dtype.type
    made: Array = wide * np.clip(wide / number(6) + number(0.5), number(0), number(1))
    return made.astype(x.dtype, copy=False)
