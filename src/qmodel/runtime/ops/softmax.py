"""The operator Softmax."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.runtime.axes import positive_axis
from qmodel.runtime.registry import operator


@operator("Softmax", since=13, fresh=True)
def softmax(x: Array, /, *, axis: int = -1) -> Array:
    """e^x divided by its sum along an axis."""
    exponentials: Array = x - x.max(axis=axis, keepdims=True)
    np.exp(exponentials, out=exponentials)
    exponentials /= exponentials.sum(axis=axis, keepdims=True)
    return exponentials


@operator("Softmax", until=12, fresh=True)
def softmax_of_rows(x: Array, /, *, axis: int = 1) -> Array:
    """As `softmax`, along all axes from `axis` on at once."""
    rows = x.reshape(int(np.prod(x.shape[: positive_axis(axis, x.ndim)], dtype=np.int64)), -1)
    made: Array = softmax(rows)
    return made.reshape(x.shape)
