"""The operator Mish."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.runtime.element_kinds import require_floats
from qmodel.runtime.precision import widened
from qmodel.runtime.registry import operator

_TANH_IS_1 = 40.0  # from here on tanh(softplus(x)) is 1 in float64, and its terms are far from overflow in float32


@operator("Mish", since=18, fresh=True)
def mish(x: Array, /) -> Array:
    """X * tanh(log(1 + e^x)) (arXiv:1908.08681); the tanh is q / (q + 2) with q = e^x * (e^x + 2)."""
    require_floats(x)
    source = widened(x)
    exponential = np.asarray(np.exp(np.minimum(source, source.dtype.type(_TANH_IS_1))))
    made: Array = exponential * (exponential + exponential.dtype.type(2))
    made /= made + made.dtype.type(2)
    made *= source
    return np.asarray(made).astype(x.dtype, copy=False)
