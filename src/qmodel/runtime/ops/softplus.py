"""The operator Softplus."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.runtime.element_kinds import require_floats
from qmodel.runtime.registry import operator


@operator("Softplus", fresh=True)
def softplus(x: Array, /) -> Array:
    """log(1 + e^x), as max(x, 0) + log(1 + e^-|x|), which does not overflow."""
    require_floats(x)
    made = np.asarray(np.abs(x))
    np.negative(made, out=made)
    np.exp(made, out=made)
    np.log1p(made, out=made)
    made += np.maximum(x, 0)
    return made
