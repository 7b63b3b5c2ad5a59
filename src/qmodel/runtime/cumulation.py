"""CumSum and CumProd: what has come together up to each element of an axis."""

from __future__ import annotations

from typing import Any

import numpy as np

from qmodel.dtypes import Array
from qmodel.runtime.axes import positive_axis
from qmodel.runtime.precision import widened
from qmodel.runtime.scalars import whole_number


def accumulate(function: np.ufunc, x: Array, axis: Array, /, *, exclusive: bool, reverse: bool) -> Array:
    """The function's running results along an axis, of x's dtype.

    Args:
        function: `np.add` or `np.multiply`.
        x: what to accumulate; float16 and narrower as float32.
        axis: one integer.
        exclusive: leave each element out of its own result.
        reverse: begin at the end.
    """
    along = positive_axis(whole_number(axis), x.ndim)
    values: Any = np.moveaxis(np.flip(x, along) if reverse else x, along, 0)
    made = np.empty_like(widened(values))
    if exclusive:
        made[:1] = function.identity
        function.accumulate(values[:-1], axis=0, dtype=made.dtype, out=made[1:])
    else:
        function.accumulate(values, axis=0, dtype=made.dtype, out=made)
    moved = np.moveaxis(made, 0, along)
    return (np.flip(moved, along) if reverse else moved).astype(x.dtype, copy=False)
