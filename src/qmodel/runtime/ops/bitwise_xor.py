"""The operator BitwiseXor."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.runtime.element_kinds import require_integers
from qmodel.runtime.precision import require_one_dtype
from qmodel.runtime.registry import operator


@operator("BitwiseXor", since=18, fresh=True)
def bitwise_xor(a: Array, b: Array, /, *, out: Array | None = None) -> Array:
    """The bits that exactly one has, with NumPy's broadcasting."""
    require_one_dtype(a, b)
    require_integers(a, b)
    return np.bitwise_xor(a, b, out=out)
