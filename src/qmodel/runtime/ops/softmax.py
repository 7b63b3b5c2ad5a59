"""The operator Softmax."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.runtime.axes import as_matrix
from qmodel.runtime.registry import operator


@operator("Softmax", since=13, fresh=True)
def softmax(x: Array, /, *, axis: int = -1) -> Array:
    """e^x divided by its sum along an axis."""
    exponentials = np.asarray(x - x.max(axis=axis, keepdims=True, initial=-np.inf))
    np.exp(exponentials, out=exponentials)
    exponentials /= exponentials.sum(axis=axis, keepdims=True)
    return exponentials


@operator("Softmax", until=12, fresh=True)
def softmax_of_rows(x: Array, /, *, axis: int = 1) -> Array:
    """As `softmax`, along all axes from `axis` on at once."""
    made: Array = softmax(as_matrix(x, axis))
    return made.reshape(x.shape)
