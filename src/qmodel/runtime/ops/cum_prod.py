"""The operator CumProd."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.runtime.cumulation import accumulate
from qmodel.runtime.registry import operator


@operator("CumProd", since=26, fresh=True)
def cumulative_prod(x: Array, axis: Array, /, *, exclusive: int = 0, reverse: int = 0) -> Array:
    """Running products along an axis, without the element itself when `exclusive`, from the end when `reverse`."""
    return accumulate(np.multiply, x, axis, exclusive=bool(exclusive), reverse=bool(reverse))
