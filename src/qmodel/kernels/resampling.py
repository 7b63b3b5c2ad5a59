"""Resampling along one axis: for each output position the input positions that it reads, and their weights.

An axis is resampled by itself, so an image costs one pass for each axis that changes. Weights are worked out in
float64. The cubic kernel is equation 4 of Keys, "Cubic Convolution Interpolation for Digital Image Processing" (1981).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from qmodel.dtypes import Array

# A matrix product is quicker than as many sums as there are taps when these are at least this share of the axis.
_SHARE_WORTH_A_PRODUCT = 8

Filter: TypeAlias = Callable[[Array], Array]


@dataclass(frozen=True, slots=True)
class Taps:
    """What each output position of an axis reads.

    Attributes:
        places: int64 (output length, taps), within the input.
        weights: float64 (output length, taps).
    """

    places: Array
    weights: Array


def triangle(distance: Array, /) -> Array:
    """The kernel of linear interpolation."""
    made: Array = np.maximum(0, 1 - np.abs(distance))
    return made


def cubic(a: float, /) -> Filter:
    """The kernel of cubic interpolation whose parameter is a."""

    def weigh(distance: Array) -> Array:
        d = np.abs(distance)
        near = ((a + 2) * d - (a + 3)) * d * d + 1
        far = ((d - 5) * d + 8) * d * a - 4 * a
        return np.where(d <= 1, near, np.where(d < 2, far, 0.0))

    return weigh


def taps_of(
    centres: Array, length: int, weigh: Filter, reach: int, /, *, stretch: float, exclude_outside: bool
) -> Taps:
    """The taps of a kernel around centres in an axis.

    Args:
        centres: float64, where each output position lies in the input.
        length: of the input, at least 1; a position outside reads the edge.
        weigh: the kernel.
        reach: from where on the kernel is zero.
        stretch: how much wider the kernel is made, at least 1: more than 1 when fewer positions come out than went in
            and each is to be a mean of all that it covers; weights then add up to 1.
        exclude_outside: positions outside weigh nothing, and the others add up to 1.
    """
    half = int(np.ceil(reach * stretch))
    places = np.floor(centres).astype(np.int64)[:, None] + np.arange(1 - half, half + 1)
    weights = weigh((places - centres[:, None]) / stretch)
    if exclude_outside:
        weights = np.where((places < 0) | (places >= length), 0.0, weights)
    if exclude_outside or stretch > 1:
        sums = weights.sum(axis=1, keepdims=True)
        weights /= np.where(sums == 0, 1.0, sums)
    return Taps(np.clip(places, 0, length - 1), weights)


def resample(x: Array, axis: int, taps: Taps, /) -> Array:
    """Weighted sums along an axis, of x's dtype, a float type.

    A long axis of which each position reads little is summed tap by tap; otherwise the weights are a matrix, and the
    sums a matrix product.

    Args:
        x: any shape.
        axis: from the front.
        taps: what to read.
    """
    count, width = taps.places.shape
    weights = taps.weights.astype(x.dtype)
    if width * _SHARE_WORTH_A_PRODUCT > x.shape[axis] and x.shape[axis] ** 2 <= x.size:
        matrix = np.zeros((count, x.shape[axis]), dtype=x.dtype)
        np.add.at(matrix, (np.arange(count)[:, None], taps.places), weights)
        return _times_matrix(x, axis, matrix)
    aligned = weights.T.reshape(width, *(1,) * axis, count, *(1,) * (x.ndim - axis - 1))
    made: Array = np.take(x, taps.places[:, 0], axis=axis)
    made *= aligned[0]
    for number in range(1, width):
        term = np.take(x, taps.places[:, number], axis=axis)
        term *= aligned[number]
        made += term
    return made


def _times_matrix(x: Array, axis: int, matrix: Array) -> Array:
    if axis == x.ndim - 1:
        rows = np.ascontiguousarray(x).reshape(int(np.prod(x.shape[:-1])), x.shape[-1])
        sums: Array = np.matmul(rows, matrix.T)
        return sums.reshape(*x.shape[:-1], matrix.shape[0])
    planes = x.reshape(*x.shape[: axis + 1], int(np.prod(x.shape[axis + 1 :])))
    product: Array = np.matmul(matrix, planes)
    return product.reshape(*x.shape[:axis], matrix.shape[0], *x.shape[axis + 1 :])
