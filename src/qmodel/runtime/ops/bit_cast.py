"""The operator BitCast."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.errors import GraphError
from qmodel.runtime.element_types import bits_of_element, dtype_of
from qmodel.runtime.registry import operator


@operator("BitCast", since=26, fresh=True)
def bit_cast(x: Array, /, *, to: int) -> Array:
    """The same bits as elements of another dtype of the same width."""
    dtype = dtype_of(to)
    wanted, got = bits_of_element(dtype), bits_of_element(x.dtype)
    if wanted != got:
        raise GraphError(f"{x.dtype} has {got} bits, {dtype} has {wanted}; BitCast needs one width")
    return np.array(x).view(dtype)
