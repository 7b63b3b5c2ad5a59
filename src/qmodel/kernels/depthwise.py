"""Depthwise convolution of batch-last arrays: what each kernel element meets, as one run of memory.

A depthwise kernel reads each input a few times and has no sum over channels, so gathering receptive fields position by
position would take all the time. Instead each channel is copied with its padding into planes of one phase of the
strides each, so that what a kernel element meets, at all positions of the output, is one run of memory: from a start
on, as long as the output with its rows at the distance of the plane's rows. The runs are copied below each other, and
the kernel's product with them makes the channel. The few sums between the rows are thrown away.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import lru_cache
from math import prod
from types import ModuleType
from typing import TypeAlias

import numpy as np

from qmodel.dtypes import Array
from qmodel.kernels.convolution_geometry import ConvolutionGeometry, Finish
from qmodel.kernels.dispatch import compiled
from qmodel.kernels.tiling import tiles

# Arguments of the compiled twin: offsets, lengths, strides, and the two parts of the places.
CodedPhases: TypeAlias = tuple[Array, tuple[int, ...], tuple[int, ...], Array, Array]

# The runs of a tile, beside which its planes and sums are small.
CACHE_BYTES = 4 << 20
# From so many on the compiled twin's inner loop runs over the images.
_MANY_IMAGES = 16


def convolve_depthwise(
    x: Array, weight: Array, bias: Array | None, geometry: ConvolutionGeometry, /, *, finish: Finish | None
) -> Array:
    """Cross-correlate each channel with its own kernel, add the bias, and finish each part while it is cached.

    Args:
        x: (channels, *space, batch), any strides.
        weight: (channels, *kernel), of x's dtype.
        bias: (channels,), or None.
        geometry: strides, dilations and pads.
        finish: changes each part of the result in place, element by element; or None.

    Returns:
        (channels, *output space, batch), C-contiguous, of x's dtype. NumPy's BLAS decides how sums of products are
        rounded, so that the compiled twin's may differ from them as sums in another order do.
    """
    out = np.empty((x.shape[0], *geometry.output_space(x.shape[1:-1]), x.shape[-1]), dtype=x.dtype)
    if not out.size:
        return out
    twin = _twin(weight, out)
    if twin is not None:
        _compiled(twin, x, weight, geometry, out)
        _finish(out, bias, finish)
        return out
    phases = _phases_of(geometry, out.shape[1:-1])
    factors = weight.reshape(weight.shape[0], -1)
    per_tile = CACHE_BYTES // (x.dtype.itemsize * factors.shape[1] * prod(phases.lengths))
    for channels, images in tiles((x.shape[0], x.shape[-1]), per_tile):
        target = out[channels, ..., images]
        np.copyto(target, _correlate(x[channels, ..., images], factors[channels], phases, target.shape))
        _finish(target, None if bias is None else bias[channels], finish)
    return out


def _twin(weight: Array, out: Array) -> ModuleType | None:
    if weight.ndim != 3 or weight.dtype != np.float32:
        return None
    return compiled("depthwise", out.size * weight[0].size)


def _compiled(twin: ModuleType, x: Array, weight: Array, geometry: ConvolutionGeometry, out: Array) -> None:
    x, weight = np.ascontiguousarray(x), np.ascontiguousarray(weight)
    if x.shape[-1] >= _MANY_IMAGES:
        twin.convolve_many_images(x, weight, *geometry.strides, *geometry.dilations, *geometry.pads_before, out)
        return
    twin.convolve_few_images(x, weight.reshape(weight.shape[0], -1), *_coded_phases(geometry, out.shape[1:-1]), out)


def _finish(out: Array, bias: Array | None, finish: Finish | None) -> None:
    if bias is not None:
        out += bias.reshape(-1, *(1,) * (out.ndim - 1))
    if finish is not None:
        finish(out)


@dataclass(frozen=True, slots=True)
class Phases:
    """The planes that one channel is copied into, all of the same shape.

    Attributes:
        lengths: of a plane's axes.
        strides: of the convolution.
        offsets: for each plane the position in x of its first element, along each axis; negative in the padding.
        places: for each element of the kernel the number of its plane, and where in it its run begins, by axis.
    """

    lengths: tuple[int, ...]
    strides: tuple[int, ...]
    offsets: tuple[tuple[int, ...], ...]
    places: tuple[tuple[int, tuple[int, ...]], ...]


@lru_cache(maxsize=1024)
def _coded_phases(geometry: ConvolutionGeometry, out_space: tuple[int, ...]) -> CodedPhases:
    """As the compiled twin wants them."""
    phases = _phases_of(geometry, out_space)
    numbers = np.array([number for number, _ in phases.places])
    wholes = np.array([whole for _, whole in phases.places])
    return np.array(phases.offsets), phases.lengths, phases.strides, numbers, wholes


@lru_cache(maxsize=1024)
def _phases_of(geometry: ConvolutionGeometry, out_space: tuple[int, ...]) -> Phases:
    per_axis = [
        [divmod(index * dilation, stride) for index in range(size)]
        for size, dilation, stride in zip(geometry.kernel, geometry.dilations, geometry.strides, strict=True)
    ]
    lengths = tuple(length + pairs[-1][0] for length, pairs in zip(out_space, per_axis, strict=True))
    number_of: dict[tuple[int, ...], int] = {}
    places = []
    for element in itertools.product(*per_axis):
        phase = tuple(rest for _, rest in element)
        places.append((number_of.setdefault(phase, len(number_of)), tuple(whole for whole, _ in element)))
    offsets = tuple(
        tuple(rest - before for rest, before in zip(phase, geometry.pads_before, strict=True)) for phase in number_of
    )
    return Phases(lengths, geometry.strides, offsets, tuple(places))


def _correlate(x: Array, factors: Array, phases: Phases, shape: tuple[int, ...]) -> Array:
    """The sums of a tile, a view of the given shape."""
    channels, *out_space, images = shape
    planes = _planes(x, phases)
    pitches = [images * prod(phases.lengths[axis + 1 :]) for axis in range(len(out_space))]
    starts = [
        number * prod(phases.lengths) * images + sum(map(int.__mul__, wholes, pitches))
        for number, wholes in phases.places
    ]
    length = images + sum((size - 1) * pitch for size, pitch in zip(out_space, pitches, strict=True))
    sums = np.empty((channels, out_space[0] * pitches[0]), dtype=x.dtype)
    _accumulate(planes.reshape(channels, -1), factors, starts, sums[:, :length])
    rows = sums.reshape(channels, out_space[0], *phases.lengths[1:], images)
    return rows[(slice(None), slice(None), *map(slice, out_space[1:]))]


def _accumulate(planes: Array, factors: Array, starts: list[int], sums: Array) -> None:
    """Sum, for each channel, the runs of its planes that begin at the starts, each times its factor."""
    channels, elements = factors.shape
    for (piece,) in tiles(sums.shape[1:], CACHE_BYTES // (planes.itemsize * channels * elements)):
        runs = np.empty((channels, elements, piece.stop - piece.start), dtype=planes.dtype)
        for number, start in enumerate(starts):
            runs[:, number] = planes[:, start + piece.start : start + piece.stop]
        np.matmul(factors[:, np.newaxis], runs, out=sums[:, np.newaxis, piece])


def _planes(x: Array, phases: Phases) -> Array:
    """The planes (channels, phases, *lengths, images), zero in the padding."""
    planes = np.zeros((x.shape[0], len(phases.offsets), *phases.lengths, x.shape[-1]), dtype=x.dtype)
    for number, offsets in enumerate(phases.offsets):
        inner: list[slice] = []
        outer: list[slice] = []
        for offset, stride, size, length in zip(offsets, phases.strides, x.shape[1:-1], phases.lengths, strict=True):
            first = max(0, -(offset // stride))
            last = min(length, -((offset - size) // stride))
            inner.append(slice(first, max(first, last)))
            outer.append(slice(first * stride + offset, max(first, last) * stride + offset, stride))
        if all(place.stop > place.start for place in inner):
            planes[:, number][(slice(None), *inner)] = x[(slice(None), *outer)]
    return planes
