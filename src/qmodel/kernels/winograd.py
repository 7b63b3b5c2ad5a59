"""3x3 convolution with a quarter of the multiplications: Winograd's minimal filtering F(4x4, 3x3).

A tile of 4x4 results needs 6x6 inputs. Both these and a kernel are transformed to 36 numbers, by few additions each,
so that their products, summed over the channels, are the transformed tile: 36 small matrix products do what takes
4·4·9 = 144 multiplications a tile and channel otherwise (Lavin and Gray, "Fast Algorithms for Convolutional Neural
Networks", arXiv:1509.09308, section 4).

It only pays where the transforms are compiled; the NumPy versions here say what the twins do. The transforms divide by
up to 24 and multiply by up to 8, so that results are off by a few 10^-6 of the largest, ten times as much as with sums
of products. An input that is not finite would reach all results of its tile: such results are not used.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np

from qmodel.dtypes import Array
from qmodel.kernels.convolution_geometry import Finish
from qmodel.kernels.tiling import tiles

# Transformed inputs and products of one band of rows.
CACHE_BYTES = 4 << 20
TILE, SPAN, POINTS = 4, 6, 36

# What things take, in multiply-adds of a matrix product, measured: a number gathered, and transformed ones of the
# input, the kernels and the products.
_GATHERED, _OF_INPUT, _OF_KERNELS, _OF_PRODUCTS = 6, 40, 25, 18

INPUT_TRANSFORM = np.array(
    [
        [4, 0, -5, 0, 1, 0],
        [0, -4, -4, 1, 1, 0],
        [0, 4, -4, -1, 1, 0],
        [0, -2, -1, 2, 1, 0],
        [0, 2, -1, -2, 1, 0],
        [0, 4, 0, -5, 0, 1],
    ],
    dtype=np.float32,
)
KERNEL_TRANSFORM = np.array(
    [
        [1 / 4, 0, 0],
        [-1 / 6, -1 / 6, -1 / 6],
        [-1 / 6, 1 / 6, -1 / 6],
        [1 / 24, 1 / 12, 1 / 6],
        [1 / 24, -1 / 12, 1 / 6],
        [0, 0, 1],
    ],
    dtype=np.float32,
)
OUTPUT_TRANSFORM = np.array(
    [[1, 1, 1, 1, 1, 0], [0, 1, -1, 2, -2, 0], [0, 1, 1, 4, 4, 0], [0, 1, -1, 8, -8, 1]], dtype=np.float32
)


class Transforms(Protocol):
    """The three transforms, of this module or of its twin."""

    def transform_kernels(self, kernels: Array, made: Array, /) -> None:
        """See the function of this name."""

    def transform_input(self, x: Array, top: int, left: int, first: int, columns: int, made: Array, /) -> None:
        """See the function of this name."""

    def transform_products(self, products: Array, first: int, columns: int, bias: Array, out: Array, /) -> None:
        """See the function of this name."""


def is_quicker(kernels: tuple[int, ...], space: tuple[int, ...], /) -> bool:
    """Whether the filtering should take less time than sums of products.

    Args:
        kernels: the shape (output channels, channels, 3, 3).
        space: height and width of the output.
    """
    rows, channels = kernels[:2]
    pixels, places = space[0] * space[1], -(-space[0] // TILE) * -(-space[1] // TILE)
    direct = 9 * channels * pixels * (rows + _GATHERED)
    products = rows * channels * places
    transforms = _OF_INPUT * channels * places + _OF_KERNELS * rows * channels + _OF_PRODUCTS * rows * places
    return POINTS * (products + transforms) < direct


def convolve_tiles(
    x: Array,
    kernels: Array,
    bias: Array,
    pads: tuple[int, int],
    out: Array,
    finish: Finish | None,
    transforms: Transforms,
    /,
) -> bool:
    """Cross-correlate with steps of 1, add the bias, and finish each band of rows while it is cached.

    Args:
        x: (channels, height, width), float32, C-contiguous.
        kernels: (output channels, channels, 3, 3), likewise.
        bias: (output channels,), likewise.
        pads: zeros before the rows and before the columns.
        out: (output channels, height, width), likewise, to be filled.
        finish: changes each part of the result in place, element by element; or None.
        transforms: this module or its twin.

    Returns:
        Whether all results are finite; if not, what was filled in has no meaning.
    """
    (rows, channels), columns = kernels.shape[:2], -(-out.shape[2] // TILE)
    of_kernels = np.empty((POINTS, rows, channels), dtype=np.float32)
    transforms.transform_kernels(kernels, of_kernels)
    per_row = POINTS * x.itemsize * (rows + channels) * columns
    for (band,) in tiles((-(-out.shape[1] // TILE),), CACHE_BYTES // per_row):
        count = (band.stop - band.start) * columns
        of_input = np.empty((POINTS, channels, count), dtype=np.float32)
        transforms.transform_input(x, *pads, band.start, columns, of_input)
        transforms.transform_products(np.matmul(of_kernels, of_input), band.start, columns, bias, out)
        part = out.reshape(rows, -1)[:, TILE * band.start * out.shape[2] : TILE * band.stop * out.shape[2]]
        if not _is_finite(part):
            return False
        if finish is not None:
            finish(part)
    return True


def _is_finite(part: Array) -> bool:
    """Whether all numbers are finite, and not so large that their sum is not."""
    with np.errstate(over="ignore", invalid="ignore"):
        return bool(np.isfinite(part.sum()))


def transform_kernels(kernels: Array, made: Array, /) -> None:
    """Fill (36, output channels, channels) from (output channels, channels, 3, 3)."""
    points = np.einsum("ia,mcab,jb->ijmc", KERNEL_TRANSFORM, kernels, KERNEL_TRANSFORM)
    made[:] = points.reshape(made.shape)


def transform_input(x: Array, top: int, left: int, first: int, columns: int, made: Array, /) -> None:
    """Fill (36, channels, tiles) from the whole rows of tiles of (channels, height, width) from row `first` on."""
    rows = made.shape[2] // columns
    part = np.zeros((x.shape[0], TILE * rows + 2, TILE * columns + 2), dtype=x.dtype)
    start = TILE * first - top
    inside = x[:, max(0, start) : max(0, start + part.shape[1]), : part.shape[2] - left]
    above = max(0, -start)
    part[:, above : above + inside.shape[1], left : left + inside.shape[2]] = inside
    spans = np.lib.stride_tricks.sliding_window_view(part, (SPAN, SPAN), axis=(1, 2))[:, ::TILE, ::TILE]
    made[:] = np.einsum("ia,cyxab,jb->ijcyx", INPUT_TRANSFORM, spans, INPUT_TRANSFORM).reshape(made.shape)


def transform_products(products: Array, first: int, columns: int, bias: Array, out: Array, /) -> None:
    """Fill rows of `out` (output channels, height, width), those of the tiles from row `first` on, and add the bias."""
    channels, height, width = out.shape
    points = products.reshape(SPAN, SPAN, channels, -1, columns)
    made = np.einsum("ia,abmyx,jb->myixj", OUTPUT_TRANSFORM, points, OUTPUT_TRANSFORM)
    rows = made.reshape(channels, -1, TILE * columns)[:, : height - TILE * first, :width]
    out[:, TILE * first : TILE * first + rows.shape[1]] = rows + bias[:, np.newaxis, np.newaxis]
