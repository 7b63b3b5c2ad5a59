"""The operator Transpose."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.errors import GraphError
from qmodel.runtime.registry import Ints, operator


@operator("Transpose")
def transpose(x: Array, /, *, perm: Ints | None = None) -> Array:
    """Axes in another order; reversed without `perm`."""
    if perm is not None and sorted(perm) != list(range(x.ndim)):
        raise GraphError(f"perm {perm} is no permutation of {x.ndim} axes")
    return np.transpose(x, perm)
