"""The operator Pad."""

from __future__ import annotations

from typing import Any, Literal, cast

import numpy as np

from qmodel.dtypes import Array
from qmodel.errors import GraphError
from qmodel.runtime.axes import positive_axes
from qmodel.runtime.memory import require_memory
from qmodel.runtime.registry import Ints, operator

_NumpyMode = Literal["constant", "reflect", "edge", "wrap"]


@operator("Pad", since=11, grows=True)
def pad(
    x: Array,
    pads: Array,
    constant_value: Array | None = None,
    axes: Array | None = None,
    /,
    *,
    memory_limit: int,
    mode: str = "constant",
) -> Array:
    """More or fewer elements before and after each axis; `pads` holds all begins, then all ends."""
    chosen = tuple(range(x.ndim)) if axes is None else positive_axes(axes, x.ndim)
    value = 0 if constant_value is None else constant_value.reshape(()).item()
    return _padded(x, tuple(int(length) for length in pads), chosen, mode, value, memory_limit)


@operator("Pad", until=10, grows=True)
def pad_by_attributes(
    x: Array, /, *, memory_limit: int, pads: Ints, mode: str = "constant", value: float = 0.0
) -> Array:
    """As `pad`, given by attributes."""
    return _padded(x, pads, tuple(range(x.ndim)), mode, value, memory_limit)


def _padded(x: Array, pads: Ints, axes: Ints, mode: str, value: Any, memory_limit: int) -> Array:
    if len(pads) != 2 * len(axes):
        raise GraphError(f"wanted {2 * len(axes)} pads for {len(axes)} axes, got {pads}")
    if mode not in ("constant", "reflect", "edge", "wrap"):
        raise GraphError(f"mode must be constant, reflect, edge or wrap, got {mode!r}")
    widths = [(0, 0)] * x.ndim
    for axis, before, after in zip(axes, pads[: len(axes)], pads[len(axes) :], strict=True):
        widths[axis] = (before, after)
    if any(min(width) < 0 and sum(width) + length < 0 for width, length in zip(widths, x.shape, strict=True)):
        raise GraphError(f"pads {pads} cut away more than the shape {x.shape} has")
    require_memory((n + a + b for (a, b), n in zip(widths, x.shape, strict=True)), x.dtype, memory_limit)
    cropped = x[tuple(slice(max(0, -a), n - max(0, -b)) for (a, b), n in zip(widths, x.shape, strict=True))]
    added = [(max(0, before), max(0, after)) for before, after in widths]
    if mode == "constant":
        return np.pad(cropped, added, constant_values=value)
    return np.pad(cropped, added, mode=cast(_NumpyMode, mode))
