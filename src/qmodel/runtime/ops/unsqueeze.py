"""The operator Unsqueeze."""

from __future__ import annotations

from qmodel.dtypes import Array
from qmodel.runtime.axes import positive_axes
from qmodel.runtime.registry import Ints, operator


@operator("Unsqueeze", since=13)
def unsqueeze(x: Array, axes: Array, /) -> Array:
    """With axes of length 1 inserted; `axes` count in the result. A number alone is one axis."""
    return _with_axes(x, positive_axes(axes.reshape(-1), x.ndim + axes.size))


@operator("Unsqueeze", until=12)
def unsqueeze_by_attribute(x: Array, /, *, axes: Ints) -> Array:
    """As `unsqueeze`, the axes given as an attribute."""
    return _with_axes(x, positive_axes(axes, x.ndim + len(axes)))


def _with_axes(x: Array, inserted: Ints) -> Array:
    lengths = iter(x.shape)
    return x.reshape([1 if axis in inserted else next(lengths) for axis in range(x.ndim + len(inserted))])
