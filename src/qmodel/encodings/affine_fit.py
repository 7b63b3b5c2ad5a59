"""Chooses scales and zero points for affine codes from the extremes of each block (spec/encodings/affine.md)."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.errors import InvalidInputError
from qmodel.kernels.affine import block_extremes
from qmodel.kernels.blocks import Shape, block_counts, even_regions

# Below this a binary16 scale is so deep in the subnormals that its rounding would cost more than that of the codes.
_SMALLEST_F16_SCALE = 2.0**-18
_LARGEST_F16 = 65504.0


def finite_extremes(values: Array, block_shape: Shape, scale_shape: Shape, /) -> tuple[Array, Array]:
    """Smallest and largest value of each block, as float64 of the shape of the scales; 0 where there are no values.

    Raises:
        InvalidInputError: a value is NaN or infinite.
    """
    if not values.size:
        return np.zeros(scale_shape), np.zeros(scale_shape)
    low, high = block_extremes(values, block_shape)
    if not (np.isfinite(low).all() and np.isfinite(high).all()):
        raise InvalidInputError("NaN or infinity has no integer code; add a rule that keeps this tensor a float type")
    return low.reshape(scale_shape).astype(np.float64), high.reshape(scale_shape).astype(np.float64)


def absmax_scale(low: Array, high: Array, largest_code: int, dtype: np.dtype[np.floating], /) -> Array:
    """The scale that makes the largest magnitude of each block the largest code."""
    magnitude = np.maximum(-low, high)
    return _representable(magnitude / largest_code, magnitude, largest_code, dtype)


def asymmetric_scale(low: Array, high: Array, largest_code: int, dtype: np.dtype[np.floating], /) -> Array:
    """The scale that spreads the codes from 0 over each block's range, which is extended to hold 0.

    Raises:
        InvalidInputError: a range is wider than the float type can hold.
    """
    width = np.maximum(high, 0) - np.minimum(low, 0)
    if (width > np.finfo(dtype).max).any():
        raise InvalidInputError(f"a range of {width.max():.3g} is too wide for asymmetric {dtype} codes")
    return _representable(width / largest_code, width, largest_code, dtype)


def zero_points(low: Array, scale: Array, largest_code: int, /) -> Array:
    """The code of 0 in each block, for codes from 0 to `largest_code`; uint8, or uint16 for more than 8 bits."""
    divisor = np.where(scale == 0, np.inf, scale.astype(np.float64))
    zeros = np.clip(np.rint(-np.minimum(low, 0) / divisor), 0, largest_code)
    return zeros.astype(np.uint8 if largest_code < 256 else np.uint16)


def percentile_extremes(
    values: Array, block_shape: Shape, percentile: float, /, *, of_magnitudes: bool
) -> tuple[Array, Array]:
    """The ends of each block's values, without the most extreme ones, as float64 of the shape of the blocks.

    Args:
        values: finite, not empty.
        block_shape: length of a block along each axis.
        percentile: what is kept, of magnitudes or on each side, 50 to 100.
        of_magnitudes: whether the ends are those of the magnitudes, as symmetric codes need.
    """
    counts = block_counts(values.shape, block_shape)
    low, high = np.empty(counts), np.empty(counts)
    for region in even_regions(values.shape, block_shape):
        elements = region.elements(values)
        inside_blocks = tuple(range(1, elements.ndim, 2))
        if of_magnitudes:
            region.blocks(high)[...] = np.percentile(np.abs(elements), percentile, axis=inside_blocks, keepdims=True)
            region.blocks(low)[...] = -region.blocks(high)
        else:
            ends = np.percentile(elements, (100 - percentile, percentile), axis=inside_blocks, keepdims=True)
            region.blocks(low)[...], region.blocks(high)[...] = ends
    return low, high


def sign_scale(values: Array, weights: Array | None, block_shape: Shape, /) -> Array:
    """Twice the mean magnitude of each block, so that codes 0 and 1 around 0.5 stand for minus and plus the mean.

    The least-squares scale of one-bit weights (XNOR-Net, Rastegari et al. 2016, section 3.1).
    """
    scale = np.zeros(block_counts(values.shape, block_shape), values.dtype)
    for region in even_regions(values.shape, block_shape):
        magnitudes = np.abs(region.elements(values))
        inside_blocks = tuple(range(1, magnitudes.ndim, 2))
        mean = magnitudes.mean(axis=inside_blocks, keepdims=True, dtype=np.float64)
        if weights is not None:
            counted = region.elements(weights)
            total = counted.sum(axis=inside_blocks, keepdims=True, dtype=np.float64)
            weighted = (magnitudes * counted).sum(axis=inside_blocks, keepdims=True, dtype=np.float64)
            mean = np.where(total > 0, weighted / np.where(total > 0, total, 1), mean)
        region.blocks(scale)[...] = mean * 2
    return scale


def fits_f16(scale: Array, /) -> bool:
    """Whether binary16 holds all scales about as exactly as the codes need."""
    magnitude = np.abs(scale[scale != 0])
    return bool(((magnitude >= _SMALLEST_F16_SCALE) & (magnitude <= _LARGEST_F16)).all())


def _representable(scale: Array, magnitude: Array, largest_code: int, dtype: np.dtype[np.floating]) -> Array:
    """Round scales to a float type so that the codes reach every magnitude and none decodes to infinity."""
    with np.errstate(over="ignore", under="ignore"):
        rounded = np.array(scale, dtype)
        # Among the subnormals rounding down may lose much of a scale, or all of it.
        out_of_reach = magnitude > rounded.astype(np.float64) * (largest_code + 0.5)
        np.nextafter(rounded, dtype.type(np.inf), out=rounded, where=out_of_reach)
        overflowing = np.isinf(rounded * dtype.type(largest_code))
        return np.nextafter(rounded, dtype.type(0), out=rounded, where=overflowing)
