"""The operator HardSwish."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.runtime.registry import operator


@operator("HardSwish", since=14, fresh=True)
def hard_swish(x: Array, /) -> Array:
    """X times (x / 6 + 1/2 kept between 0 and 1)."""
    made: Array = x * np.clip(x / x.dtype.type(6) + x.dtype.type(0.5), 0, 1)
    return made
