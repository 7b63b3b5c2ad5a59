"""Sliding windows of Conv and the pools: from ONNX attributes to kernel, strides, dilations and pads."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import product
from typing import Any, TypeAlias

from qmodel.errors import GraphError
from qmodel.kernels.convolution_geometry import ConvolutionGeometry
from qmodel.runtime.registry import Ints

Index: TypeAlias = tuple[Any, ...]


@lru_cache(maxsize=1024)
def window_geometry(
    space: Ints, kernel: Ints, /, *, strides: Ints, dilations: Ints, pads: Ints, auto_pad: str
) -> ConvolutionGeometry:
    """Defaults filled in, and the pads that `auto_pad` asks for worked out.

    Args:
        space: lengths of the input's spatial axes.
        kernel: lengths of the kernel.
        strides: empty for 1 everywhere.
        dilations: empty for 1 everywhere.
        pads: begins, then ends; empty for 0 everywhere. Used when auto_pad is NOTSET.
        auto_pad: NOTSET, VALID, SAME_UPPER or SAME_LOWER.

    Raises:
        GraphError: a number of entries does not fit the rank, an entry has a wrong sign, or auto_pad is unknown.
    """
    rank = len(space)
    strides = strides or (1,) * rank
    dilations = dilations or (1,) * rank
    pads = pads or (0,) * (2 * rank)
    for what, values, wanted in (
        ("kernel_shape", kernel, rank),
        ("strides", strides, rank),
        ("dilations", dilations, rank),
        ("pads", pads, 2 * rank),
    ):
        smallest = 0 if what == "pads" else 1
        if len(values) != wanted or min(values, default=smallest) < smallest:
            raise GraphError(f"{what} must be {wanted} numbers of at least {smallest}, got {values}")
    before, after = _pads(space, kernel, strides, dilations, pads, auto_pad)
    return ConvolutionGeometry(kernel, strides, dilations, before, after)


def _pads(space: Ints, kernel: Ints, strides: Ints, dilations: Ints, pads: Ints, auto_pad: str) -> tuple[Ints, Ints]:
    rank = len(space)
    if auto_pad == "NOTSET":
        return pads[:rank], pads[rank:]
    if auto_pad == "VALID":
        return (0,) * rank, (0,) * rank
    if auto_pad not in ("SAME_UPPER", "SAME_LOWER"):
        raise GraphError(f"auto_pad must be NOTSET, VALID, SAME_UPPER or SAME_LOWER, got {auto_pad!r}")
    totals = [
        max(0, (-(-length // stride) - 1) * stride + dilation * (size - 1) + 1 - length)
        for length, size, stride, dilation in zip(space, kernel, strides, dilations, strict=True)
    ]
    smaller = tuple(total // 2 for total in totals)
    larger = tuple(total - half for total, half in zip(totals, smaller, strict=True))
    return (smaller, larger) if auto_pad == "SAME_UPPER" else (larger, smaller)


def pool_geometry(
    space: Ints, kernel: Ints, /, *, strides: Ints, dilations: Ints, pads: Ints, auto_pad: str, ceil_mode: bool
) -> tuple[ConvolutionGeometry, Ints]:
    """As `window_geometry`, and the lengths of a pool's output.

    Raises:
        GraphError: as there, or no window fits.
    """
    geometry = window_geometry(space, kernel, strides=strides, dilations=dilations, pads=pads, auto_pad=auto_pad)
    out_space = pooled_space(space, geometry, ceil_mode=ceil_mode)
    if 0 in out_space:
        raise GraphError(f"a kernel of {kernel} does not fit into {space}")
    return geometry, out_space


def pooled_space(space: Ints, geometry: ConvolutionGeometry, /, *, ceil_mode: bool) -> Ints:
    """Lengths of a pool's output; with `ceil_mode` a last window may reach beyond the end, but must start before it."""
    lengths = []
    for axis, length in enumerate(space):
        before, after, stride = geometry.pads_before[axis], geometry.pads_after[axis], geometry.strides[axis]
        span = geometry.dilations[axis] * (geometry.kernel[axis] - 1) + 1
        room = length + before + after - span
        count = (-(-room // stride) if ceil_mode else room // stride) + 1
        if ceil_mode and (count - 1) * stride >= length + before:
            count -= 1
        lengths.append(max(0, count))
    return tuple(lengths)


def along_one_axis(geometry: ConvolutionGeometry, axis: int, /) -> ConvolutionGeometry:
    """Windows as long as the geometry's along one axis, and of one element along the others."""

    def only(values: Ints, elsewhere: int) -> Ints:
        return tuple(value if place == axis else elsewhere for place, value in enumerate(values))

    return ConvolutionGeometry(
        only(geometry.kernel, 1),
        only(geometry.strides, 1),
        only(geometry.dilations, 1),
        only(geometry.pads_before, 0),
        only(geometry.pads_after, 0),
    )


def window_elements(space: Ints, out_space: Ints, geometry: ConvolutionGeometry, /) -> Iterator[tuple[Index, Index]]:
    """For each element of the kernel: which outputs have it inside the input, and where it is for them.

    Yields:
        An index of the output's spatial axes, whatever axes stand before them, and the index of the input that pairs.
    """
    for _, outside, inside in numbered_window_elements(space, out_space, geometry):
        yield outside, inside


def numbered_window_elements(
    space: Ints, out_space: Ints, geometry: ConvolutionGeometry, /
) -> Iterator[tuple[Ints, Index, Index]]:
    """As `window_elements`, with the element's own index in the kernel first."""
    per_axis = []
    for axis, (length, out_length) in enumerate(zip(space, out_space, strict=True)):
        pairs = (
            (index, _axis_pair(length, out_length, geometry, axis, index)) for index in range(geometry.kernel[axis])
        )
        per_axis.append([(index, *pair) for index, pair in pairs if pair is not None])
    for elements in product(*per_axis):
        element = tuple(index for index, _, _ in elements)
        yield element, (..., *(outer for _, outer, _ in elements)), (..., *(inner for _, _, inner in elements))


def _axis_pair(
    length: int, out_length: int, geometry: ConvolutionGeometry, axis: int, index: int
) -> tuple[slice, slice] | None:
    stride = geometry.strides[axis]
    offset = index * geometry.dilations[axis] - geometry.pads_before[axis]
    first = max(0, -(offset // stride))
    last = min(out_length - 1, (length - 1 - offset) // stride)
    if last < first:
        return None
    start = first * stride + offset
    return slice(first, last + 1), slice(start, start + (last - first) * stride + 1, stride)
