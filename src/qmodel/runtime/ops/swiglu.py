"""The operator SwiGLU."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.errors import GraphError
from qmodel.runtime.ops.swish import swish
from qmodel.runtime.precision import require_one_dtype
from qmodel.runtime.registry import operator


@operator("SwiGLU", since=28, fresh=True)
def swiglu(a: Array, b: Array, /, *, alpha: float = 1.0) -> Array:
    """Swish of the gate a, times b (arXiv:2002.05202); not broadcast."""
    require_one_dtype(a, b)
    if a.shape != b.shape:
        raise GraphError(f"A and B must have one shape, got {a.shape} and {b.shape}")
    gate: Array = np.asarray(swish(a, alpha=alpha))
    np.multiply(gate, b, out=gate)
    return gate
