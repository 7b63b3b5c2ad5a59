"""The operator Hardmax."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.runtime.axes import as_matrix
from qmodel.runtime.element_kinds import require_floats
from qmodel.runtime.registry import operator


@operator("Hardmax", since=13, fresh=True)
def hardmax(x: Array, /, *, axis: int = -1) -> Array:
    """1 at the first largest element along an axis, else 0."""
    require_floats(x)
    made = np.zeros_like(x)
    if x.size:
        np.put_along_axis(made, np.expand_dims(x.argmax(axis), axis), x.dtype.type(1), axis)
    return made


@operator("Hardmax", until=12, fresh=True)
def hardmax_of_rows(x: Array, /, *, axis: int = 1) -> Array:
    """As `hardmax`, along all axes from `axis` on at once."""
    made: Array = hardmax(as_matrix(x, axis))
    return made.reshape(x.shape)
