"""The operator Resize."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from qmodel.dtypes import Array
from qmodel.errors import GraphError
from qmodel.runtime.axes import positive_axes
from qmodel.runtime.memory import require_memory
from qmodel.runtime.registry import Ints, operator
from qmodel.runtime.resize_axes import ResizedAxis, axes_by_scales, axes_by_sizes
from qmodel.runtime.resizing import Interpolation, resize_by

# Places and weights of the four elements that cubic interpolation reads, and what they are made from.
_NUMBERS_FOR_A_POSITION = 16


@operator("Resize", since=11, grows=True)
def resize(
    x: Array,
    roi: Array | None = None,
    scales: Array | None = None,
    sizes: Array | None = None,
    /,
    *,
    memory_limit: int,
    antialias: int = 0,
    axes: Ints | None = None,
    coordinate_transformation_mode: str = "half_pixel",
    cubic_coeff_a: float = -0.75,
    exclude_outside: int = 0,
    extrapolation_value: float = 0.0,
    keep_aspect_ratio_policy: str = "stretch",
    mode: str = "nearest",
    nearest_mode: str = "round_prefer_floor",
) -> Array:
    """Axes made longer or shorter by interpolation, one after another.

    Lengths follow from `scales`, or are `sizes`; an empty tensor counts as left out. With `tf_crop_and_resize` the part
    `roi` is read, and positions outside the input give `extrapolation_value`.
    """
    chosen = tuple(range(x.ndim)) if axes is None else positive_axes(axes, x.ndim)
    scales, sizes = (None if given is None or given.size == 0 else given for given in (scales, sizes))
    part = roi if coordinate_transformation_mode == "tf_crop_and_resize" else None
    if scales is not None and sizes is None:
        resized = axes_by_scales(x.shape, chosen, scales, part)
    elif sizes is not None and scales is None:
        resized = axes_by_sizes(x.shape, chosen, sizes, part, keep_aspect_ratio_policy)
    elif scales is None and not chosen:
        resized = []
    else:
        raise GraphError("exactly one of scales and sizes must be given")
    interpolation = Interpolation(
        mode=mode,
        coordinates=coordinate_transformation_mode,
        nearest=nearest_mode,
        cubic_a=cubic_coeff_a,
        antialias=bool(antialias),
        exclude_outside=bool(exclude_outside),
        extrapolation_value=extrapolation_value,
    )
    return _resized(x, resized, interpolation, memory_limit)


@operator("Resize", since=10, until=10, grows=True)
@operator("Upsample", since=9, until=9, grows=True)
def resize_by_scales(x: Array, scales: Array, /, *, memory_limit: int, mode: str = "nearest") -> Array:
    """As `resize`, the corners of pixels held: output position i reads i / scale, rounded down for nearest."""
    interpolation = Interpolation(mode=mode, coordinates="asymmetric", nearest="floor")
    resized = axes_by_scales(x.shape, tuple(range(x.ndim)), scales, None)
    return _resized(x, resized, interpolation, memory_limit)


def _resized(x: Array, axes: Sequence[ResizedAxis], interpolation: Interpolation, memory_limit: int) -> Array:
    lengths = list(x.shape)
    # An axis on the way may be longer than it ends up beside others not yet shortened: shrinking ones go first.
    for each in sorted(axes, key=lambda each: each.scale):
        lengths[each.axis] = each.resized
        require_memory(lengths, np.dtype(np.float64), memory_limit)
        require_memory((each.resized, _NUMBERS_FOR_A_POSITION), np.dtype(np.float64), memory_limit)
    if 0 in lengths:
        return np.zeros(lengths, dtype=x.dtype)
    if x.size == 0:
        raise GraphError(f"nothing of shape {x.shape} can become {tuple(lengths)}")
    return resize_by(x, sorted((each for each in axes if each.changes), key=lambda each: each.scale), interpolation)
