"""The operator ScatterElements, and Scatter, its name until opset 10."""

from __future__ import annotations

from qmodel.dtypes import Array
from qmodel.errors import GraphError
from qmodel.runtime.axes import positive_axis
from qmodel.runtime.coordinates import element_places, scatter
from qmodel.runtime.precision import require_one_dtype
from qmodel.runtime.registry import operator


@operator("ScatterElements", since=11, fresh=True)
def scatter_elements(x: Array, indices: Array, updates: Array, /, *, axis: int = 0, reduction: str = "none") -> Array:
    """A copy of x with updates at the indices along an axis, and at their own places along the others."""
    require_one_dtype(x, updates)
    if updates.shape != indices.shape:
        raise GraphError(f"updates must have the shape of the indices, {indices.shape}, got {updates.shape}")
    return scatter(x, element_places(indices, x.shape, positive_axis(axis, x.ndim)), updates, reduction)


@operator("Scatter", since=9, until=10, fresh=True)
def scatter_by_old_name(x: Array, indices: Array, updates: Array, /, *, axis: int = 0) -> Array:
    """As `scatter_elements`, overwriting."""
    made: Array = scatter_elements(x, indices, updates, axis=axis)
    return made
