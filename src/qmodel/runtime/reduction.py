"""What the Reduce operators share: which axes, and when none."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from qmodel.dtypes import Array
from qmodel.runtime.axes import positive_axes


def reduce_axes(
    x: Array,
    axes: Iterable[int] | Array | None,
    function: Callable[[Array, tuple[int, ...], bool], Array],
    /,
    *,
    keepdims: int,
    noop_with_empty_axes: int,
) -> Array:
    """Apply a reduction along the axes; without axes along all, or along none with `noop_with_empty_axes`.

    Along no axes each element is reduced by itself: a sum of squares is then the square.
    """
    chosen = positive_axes(axes if axes is not None else (), x.ndim)
    if not chosen and not noop_with_empty_axes:
        chosen = tuple(range(x.ndim))
    return function(x, chosen, bool(keepdims))
