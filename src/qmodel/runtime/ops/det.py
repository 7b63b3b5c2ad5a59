"""The operator Det."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.errors import GraphError
from qmodel.runtime.element_kinds import require_floats
from qmodel.runtime.precision import widened
from qmodel.runtime.registry import operator


@operator("Det", since=11, fresh=True)
def det(x: Array, /) -> Array:
    """Determinants of the square matrices in the last two axes."""
    require_floats(x)
    if x.ndim < 2 or x.shape[-1] != x.shape[-2]:
        raise GraphError(f"wanted square matrices, got shape {x.shape}")
    return np.asarray(np.linalg.det(widened(x))).astype(x.dtype, copy=False)
