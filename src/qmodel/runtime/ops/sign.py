"""The operator Sign."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.runtime.registry import operator


@operator("Sign", since=9, fresh=True)
def sign(x: Array, /, *, out: Array | None = None) -> Array:
    """-1, 0 or 1, of x's dtype."""
    return np.sign(x, out=out)
