"""Depthwise convolution of batch-last arrays: one multiply-add of a shifted view for each kernel element.

A depthwise kernel reads each input a few times and has no sum over channels, so a matrix product would spend its time
on gathering. Tiles of channels and images small enough for a cache are padded, multiplied and summed in place.
"""

from __future__ import annotations

import itertools
from types import ModuleType

import numpy as np

from qmodel.dtypes import Array
from qmodel.kernels.convolution import ConvolutionGeometry, padded
from qmodel.kernels.dispatch import compiled
from qmodel.kernels.tiling import CACHE_BYTES, tiles

# The compiled twin's inner loop runs over the batch: for few images NumPy's loops over whole rows are faster.
_FEWEST_IMAGES_COMPILED = 16


def convolve_depthwise(
    x: Array, weight: Array, bias: Array | None, geometry: ConvolutionGeometry, /, *, relu: bool
) -> Array:
    """Cross-correlate each channel with its own kernel, add the bias, and clip at zero when `relu` is set.

    Args:
        x: (channels, *space, batch), any strides.
        weight: (channels, *kernel), of x's dtype.
        bias: (channels,), or None.
        geometry: strides, dilations and pads.
        relu: whether negative results become 0.

    Returns:
        (channels, *output space, batch), C-contiguous, of x's dtype. The products are summed in the order of the
        kernel's elements, each step rounded.
    """
    out = np.empty((x.shape[0], *geometry.output_space(x.shape[1:-1]), x.shape[-1]), dtype=x.dtype)
    twin = _twin(x, geometry, out)
    if twin is not None:
        twin.convolve_planes(np.ascontiguousarray(x), np.ascontiguousarray(weight), *_planar_arguments(geometry), out)
        _finish(out, bias, relu=relu)
        return out
    plane = max(1, out[:1, ..., :1].size)
    for channels, images in tiles((x.shape[0], x.shape[-1]), CACHE_BYTES // (4 * x.dtype.itemsize * plane)):
        target = out[channels, ..., images]
        _multiply_add(x[channels, ..., images], weight[channels], geometry, target)
        _finish(target, None if bias is None else bias[channels], relu=relu)
    return out


def _twin(x: Array, geometry: ConvolutionGeometry, out: Array) -> ModuleType | None:
    if len(geometry.kernel) != 2 or x.shape[-1] < _FEWEST_IMAGES_COMPILED or x.dtype != np.float32:
        return None
    return compiled("depthwise", out.size)


def _multiply_add(x: Array, weight: Array, geometry: ConvolutionGeometry, out: Array) -> None:
    source = padded(x, geometry)
    product = np.empty_like(out)
    factors = weight.reshape(*weight.shape[:1], -1, *(1,) * (out.ndim - 1))
    for number, element in enumerate(itertools.product(*map(range, geometry.kernel))):
        starts = [index * dilation for index, dilation in zip(element, geometry.dilations, strict=True)]
        shifted = source[(slice(None), *_strided(starts, geometry, out.shape[1:-1]))]
        factor = factors[:, number]
        if number == 0:
            np.multiply(shifted, factor, out=out)
        else:
            out += np.multiply(shifted, factor, out=product)


def _strided(starts: list[int], geometry: ConvolutionGeometry, space: tuple[int, ...]) -> list[slice]:
    return [
        slice(start, start + stride * (length - 1) + 1 if length else start, stride)
        for start, stride, length in zip(starts, geometry.strides, space, strict=True)
    ]


def _finish(out: Array, bias: Array | None, *, relu: bool) -> None:
    if bias is not None:
        out += bias.reshape(-1, *(1,) * (out.ndim - 1))
    if relu:
        np.maximum(out, 0, out=out)


def _planar_arguments(geometry: ConvolutionGeometry) -> tuple[int, int, int, int, int, int]:
    return (*geometry.strides, *geometry.dilations, *geometry.pads_before)  # type: ignore[return-value]
