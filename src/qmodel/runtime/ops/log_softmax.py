"""The operator LogSoftmax."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.runtime.axes import as_matrix
from qmodel.runtime.registry import operator


@operator("LogSoftmax", since=13, fresh=True)
def log_softmax(x: Array, /, *, axis: int = -1) -> Array:
    """X minus the logarithm of the sum of e^x along an axis."""
    shifted = np.asarray(x - x.max(axis=axis, keepdims=True, initial=-np.inf))
    shifted -= np.log(np.exp(shifted).sum(axis=axis, keepdims=True))
    return shifted


@operator("LogSoftmax", until=12, fresh=True)
def log_softmax_of_rows(x: Array, /, *, axis: int = 1) -> Array:
    """As `log_softmax`, along all axes from `axis` on at once."""
    made: Array = log_softmax(as_matrix(x, axis))
    return made.reshape(x.shape)
