"""The operator Unique."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.runtime.axes import positive_axis
from qmodel.runtime.registry import operator


@operator("Unique", since=11, fresh=True)
def unique(x: Array, /, *, axis: int | None = None, sorted: int = 1) -> tuple[Array, Array, Array, Array]:
    """The different elements, or entries of an axis; where each is first; which one each was; how often each is there.

    Ascending, or in the order of their first places unless `sorted`. All but the first output are int64.
    """
    along = None if axis is None else positive_axis(axis, x.ndim)
    values, first, inverse, counts = np.unique(
        x, return_index=True, return_inverse=True, return_counts=True, axis=along
    )
    inverse = inverse.reshape(-1)
    if not sorted:
        order = np.argsort(first)
        values, first, counts = np.take(values, order, axis=along or 0), first[order], counts[order]
        inverse = np.argsort(order)[inverse]
    return values, first.astype(np.int64), inverse.astype(np.int64), counts.astype(np.int64)
