"""The operator Mod."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.errors import GraphError
from qmodel.runtime.precision import require_one_dtype
from qmodel.runtime.registry import operator


@operator("Mod", since=10, fresh=True)
def mod(a: Array, b: Array, /, *, fmod: int = 0, out: Array | None = None) -> Array:
    """What remains of a divided by b, with b's sign; with a's sign where `fmod` is 1. NumPy's broadcasting."""
    require_one_dtype(a, b)
    if fmod not in (0, 1):
        raise GraphError(f"fmod must be 0 or 1, got {fmod}")
    return np.fmod(a, b, out=out) if fmod else np.remainder(a, b, out=out)
