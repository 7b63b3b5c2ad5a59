"""The operator Relu."""

from __future__ import annotations

from qmodel.dtypes import Array
from qmodel.kernels.rectify import rectify
from qmodel.runtime.registry import operator


@operator("Relu", fresh=True)
def relu(x: Array, /, *, out: Array | None = None) -> Array:
    """max(x, 0)."""
    return rectify(x, out=out)
