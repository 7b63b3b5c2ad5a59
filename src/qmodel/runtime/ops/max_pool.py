"""The operator MaxPool."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

import numpy as np

from qmodel.dtypes import Array
from qmodel.errors import GraphError
from qmodel.kernels.convolution_geometry import ConvolutionGeometry
from qmodel.runtime.extremes import lowest
from qmodel.runtime.registry import Ints, operator
from qmodel.runtime.windows import Index, along_one_axis, pool_geometry, window_elements


@operator("MaxPool", since=8, fresh=True)
def max_pool(
    x: Array,
    /,
    *,
    kernel_shape: Ints,
    output_count: int,
    auto_pad: str = "NOTSET",
    ceil_mode: int = 0,
    dilations: Ints = (),
    pads: Ints = (),
    storage_order: int = 0,
    strides: Ints = (),
) -> tuple[Array, Array]:
    """Maximum of each window of (N, C, ...), and where it is.

    The place counts the elements of the whole of x, int64: the first one of equal ones, its spatial axes in Fortran's
    order with `storage_order`. It is not worked out for a node that does not name it.
    """
    space = x.shape[2:]
    geometry, out_space = pool_geometry(
        space,
        kernel_shape,
        strides=strides,
        dilations=dilations,
        pads=pads,
        auto_pad=auto_pad,
        ceil_mode=bool(ceil_mode),
    )
    if output_count == 1:
        return _maxima_by_axis(x, geometry, out_space, pads), np.empty(0, dtype=np.int64)
    windows = window_elements(space, out_space, geometry)
    return _maxima_and_places(x, windows, out_space, _places(x.shape, fortran=bool(storage_order)))


def _maxima_by_axis(x: Array, geometry: ConvolutionGeometry, out_space: Ints, pads: Ints) -> Array:
    """A window's maximum is that of the maxima of its lines: one axis after another, the last one first."""
    made = x if out_space else x.copy()
    for axis in reversed(range(len(out_space))):
        space = made.shape[2:]
        lengths = (*space[:axis], out_space[axis], *space[axis + 1 :])
        windows = window_elements(space, lengths, along_one_axis(geometry, axis))
        made = _maxima(made, windows, lengths, pads)
    return made


def _maxima(x: Array, windows: Iterator[tuple[Index, Index]], out_space: Ints, pads: Ints) -> Array:
    """In-place maxima of strided views, one for each kernel element."""
    made: Array | None = None
    for outside, inside in windows:
        view = x[inside]
        if made is None:
            made = _start(x, view, outside, out_space)
        else:
            target = made[outside]
            np.maximum(target, view, out=target)
    if made is None:
        raise GraphError(f"pads {pads} leave no window that touches the input of shape {x.shape}")
    return made


def _start(x: Array, view: Array, outside: Index, out_space: Ints) -> Array:
    """The first element's view, in x's memory order; the lowest number where the window reaches beyond the input."""
    if view.shape[2:] == out_space:
        return view.copy(order="K")
    made = np.full_like(x, lowest(x.dtype), shape=(*x.shape[:2], *out_space))
    made[outside] = view
    return made


def _places(shape: tuple[int, ...], *, fortran: bool) -> Array:
    images = np.arange(shape[0] * shape[1], dtype=np.int64).reshape(*shape[:2], *(1,) * (len(shape) - 2))
    size = prod(shape[2:])
    return images * size + np.arange(size, dtype=np.int64).reshape(shape[2:], order="F" if fortran else "C")


def _maxima_and_places(
    x: Array, windows: Iterator[tuple[Index, Index]], out_space: Ints, places: Array
) -> tuple[Array, Array]:
    """As `_maxima`, with the places of the maxima; -1 where a window touches no element."""
    made = np.full((*x.shape[:2], *out_space), lowest(x.dtype), dtype=x.dtype)
    found = np.full(made.shape, -1, dtype=np.int64)
    for outside, inside in windows:
        view, target, place = x[inside], made[outside], found[outside]
        is_better = (view > target) | (place < 0)
        np.copyto(target, view, where=is_better)
        np.copyto(place, places[inside], where=is_better)
    return made, found
