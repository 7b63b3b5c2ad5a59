"""ArgMax and ArgMin: the place of an extreme along one axis."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from qmodel.dtypes import Array
from qmodel.errors import GraphError
from qmodel.runtime.axes import positive_axis


def place_along(find: Callable[..., Any], x: Array, axis: int, /, *, keepdims: bool, last: bool) -> Array:
    """What `find` (`np.argmax` or `np.argmin`) finds along an axis, int64; of equal elements the first or the last.

    Raises:
        GraphError: the axis is out of range or has no elements.
    """
    along = positive_axis(axis, x.ndim)
    length = x.shape[along]
    if length == 0:
        raise GraphError(f"axis {axis} of shape {x.shape} has no elements")
    found = find(np.flip(x, along) if last else x, axis=along, keepdims=keepdims)
    return np.asarray(length - 1 - found if last else found, dtype=np.int64)
