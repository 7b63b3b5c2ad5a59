"""The operator Gelu."""

from __future__ import annotations

import math

import numpy as np

from qmodel.dtypes import Array
from qmodel.errors import GraphError
from qmodel.kernels.error_function import erf
from qmodel.runtime.element_kinds import require_floats
from qmodel.runtime.precision import widened
from qmodel.runtime.registry import operator


@operator("Gelu", since=20, fresh=True)
def gelu(x: Array, /, *, approximate: str = "none") -> Array:
    """X times the probability that a normal variable is below x, exact or approximated by tanh (arXiv:1606.08415)."""
    require_floats(x)
    source = widened(x)
    if approximate == "none":
        made = np.asarray(erf(source * source.dtype.type(math.sqrt(0.5))))
    elif approximate == "tanh":
        made = np.asarray(np.square(source))
        made *= made.dtype.type(0.044715)
        made += made.dtype.type(1)
        made *= source
        made *= made.dtype.type(math.sqrt(2 / math.pi))
        np.tanh(made, out=made)
    else:
        raise GraphError(f"approximate must be none or tanh, got {approximate!r}")
    made += made.dtype.type(1)
    made *= source
    made *= made.dtype.type(0.5)
    return made.astype(x.dtype, copy=False)
