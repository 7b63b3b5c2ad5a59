"""The operator Squeeze."""

from __future__ import annotations

from qmodel.dtypes import Array
from qmodel.runtime.axes import positive_axes
from qmodel.runtime.registry import Ints, operator


@operator("Squeeze", since=13)
def squeeze(x: Array, axes: Array | None = None, /) -> Array:
    """Without axes of length 1: those given, or all of them."""
    return x.squeeze() if axes is None else x.squeeze(positive_axes(axes, x.ndim))


@operator("Squeeze", until=12)
def squeeze_by_attribute(x: Array, /, *, axes: Ints | None = None) -> Array:
    """As `squeeze`, the axes given as an attribute."""
    return x.squeeze() if axes is None else x.squeeze(positive_axes(axes, x.ndim))
