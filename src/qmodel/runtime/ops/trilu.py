"""The operator Trilu."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.errors import GraphError
from qmodel.runtime.registry import operator
from qmodel.runtime.scalars import whole_number


@operator("Trilu", since=14, fresh=True)
def trilu(x: Array, k: Array | None = None, /, *, upper: int = 1) -> Array:
    """The last two axes' triangle above the k-th diagonal, or below it, that diagonal included; zeros elsewhere."""
    if x.ndim < 2:
        raise GraphError(f"wanted at least two axes, got shape {x.shape}")
    rows, columns = x.shape[-2:]
    diagonal = 0 if k is None else max(-rows - 1, min(columns + 1, whole_number(k)))
    distances = np.arange(columns) - np.arange(rows)[:, None]
    return np.where(distances >= diagonal if upper else distances <= diagonal, x, x.dtype.type(0))
