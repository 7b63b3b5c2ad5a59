"""The operator Slice."""

from __future__ import annotations

import builtins
from collections.abc import Iterable

from qmodel.dtypes import Array
from qmodel.errors import GraphError
from qmodel.runtime.axes import positive_axes
from qmodel.runtime.registry import Ints, operator


@operator("Slice", since=10)
def slice_by_inputs(
    x: Array, starts: Array, ends: Array, axes: Array | None = None, steps: Array | None = None, /
) -> Array:
    """A view from `starts` up to and without `ends`, clamped to the array; negative indices count from the end."""
    return _sliced(x, starts, ends, range(starts.size) if axes is None else axes, steps)


@operator("Slice", until=9)
def slice_by_attributes(x: Array, /, *, starts: Ints, ends: Ints, axes: Ints | None = None) -> Array:
    """As `slice_by_inputs`, the bounds given as attributes, the steps 1."""
    return _sliced(x, starts, ends, range(len(starts)) if axes is None else axes, None)


def _sliced(
    x: Array, starts: Iterable[int], ends: Iterable[int], axes: Iterable[int] | Array, steps: Iterable[int] | None
) -> Array:
    chosen = positive_axes(axes, x.ndim)
    slices = [builtins.slice(None)] * x.ndim
    for axis, start, end, step in zip(
        chosen, starts, ends, (1,) * len(chosen) if steps is None else steps, strict=True
    ):
        if step == 0:
            raise GraphError("a step must not be 0")
        slices[axis] = _python_slice(x.shape[axis], int(start), int(end), int(step))
    return x[tuple(slices)]


def _python_slice(length: int, start: int, end: int, step: int) -> builtins.slice:
    """Bounds clamped as ONNX says; an end before the first element is None in Python, where -1 means the last."""
    start, end = (bound + length if bound < 0 else bound for bound in (start, end))
    if step > 0:
        return builtins.slice(max(0, start), max(0, end), step)
    return builtins.slice(min(max(0, start), length - 1), end if end >= 0 else None, step)
