"""The operator GlobalLpPool."""

from __future__ import annotations

from qmodel.dtypes import Array
from qmodel.runtime.lp_norm import powers, roots
from qmodel.runtime.registry import operator


@operator("GlobalLpPool", since=2, fresh=True)
def global_lp_pool(x: Array, /, *, p: int = 2) -> Array:
    """The p-norm of each channel of (N, C, ...), the spatial axes kept with length 1."""
    sums: Array = powers(x, p).sum(axis=tuple(range(2, x.ndim)), keepdims=True)
    return roots(sums, p).astype(x.dtype, copy=False)
