"""The operator Sigmoid."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.runtime.precision import widened
from qmodel.runtime.registry import operator


@operator("Sigmoid", since=6, fresh=True)
def sigmoid(x: Array, /, *, out: Array | None = None) -> Array:
    """1 / (1 + e^-x); keeps its relative precision for very negative x, which a form by tanh would lose."""
    wide = widened(x)
    made: Array = np.asarray(np.negative(wide, out=out if wide is x else None))
    np.exp(made, out=made)
    made += 1
    np.reciprocal(made, out=made)
    return made.astype(x.dtype, copy=False)
