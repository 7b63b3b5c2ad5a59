"""Inputs that must be a single number."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.errors import GraphError


def truth(array: Array, /) -> bool:
    """The only element of a bool array.

    Raises:
        GraphError: another dtype, or not one element.
    """
    if array.dtype != np.bool_ or array.size != 1:
        raise GraphError(f"a condition must be one bool, got {array.dtype}{list(array.shape)}")
    return bool(array.reshape(()))


def whole_number(array: Array, /) -> int:
    """The only element of an integer array.

    Raises:
        GraphError: another dtype, or not one element.
    """
    if array.dtype.kind not in "iu" or array.size != 1:
        raise GraphError(f"a count must be one integer, got {array.dtype}{list(array.shape)}")
    return int(array.reshape(()))
