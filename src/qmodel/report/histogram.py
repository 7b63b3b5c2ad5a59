"""Counts the values of a tensor, before and after quantization, so that the levels of the quantizer can be seen."""

from __future__ import annotations

import math

import numpy as np

from qmodel.dtypes import Array
from qmodel.report.facts import WeightHistogram

# Enough for shapes to be smooth; more take longer and look the same.
MOST_COUNTED = 1 << 18
# More levels than this are no longer apart on a page.
_MOST_LEVELS = 512
# In a small tensor nearly all values differ, quantized or not.
_VALUES_A_LEVEL = 4
_BINS = 96
_BINS_A_LEVEL = 4
_FEWEST_BINS, _MOST_BINS = 24, 256
# The few values beyond would press all others into the middle.
_OUTSIDE_PERCENT = 0.05
_MARGIN = 0.04
_LARGEST = 1e300


def evenly_spaced(values: Array, /) -> Array:
    """At most `MOST_COUNTED` values of an array, flattened: the same places of every array of a size."""
    flat = values.reshape(-1)
    return flat[:: -(-flat.size // MOST_COUNTED) or 1]


def weight_histogram(
    tensor: str, decoded: Array, original: Array | None, /, *, are_codes: bool = False, extremes: tuple[float, float]
) -> WeightHistogram | None:
    """Count values.

    Args:
        tensor: its name.
        decoded: floats of shape (values,).
        original: those that they stand for, likewise; None when they are not known.
        are_codes: whether both are on the scale of the quantizer's codes.
        extremes: the smallest and the largest decoded value as they are.

    Returns:
        None where no value is finite.
    """
    kept = _finite(decoded)
    if not kept.size:
        return None
    before = None if original is None else _finite(original)
    levels, counts = np.unique(kept, return_counts=True)
    has_levels = len(levels) <= min(_MOST_LEVELS, kept.size if are_codes else kept.size // _VALUES_A_LEVEL)
    low, high = _range(kept if before is None else np.concatenate([kept, before]))
    bins = min(_BINS_A_LEVEL * len(levels), _MOST_BINS) if has_levels else _BINS
    bins = max(min(bins, math.isqrt(kept.size)), _FEWEST_BINS)
    inside = (levels >= low) & (levels <= high)
    return WeightHistogram(
        tensor=tensor,
        are_codes=are_codes,
        low=low,
        high=high,
        original=None if before is None else _fractions(before, bins, low, high),
        decoded=None if has_levels else _fractions(kept, bins, low, high),
        levels=levels[inside] if has_levels else None,
        at_levels=counts[inside] / kept.size if has_levels else None,
        counted=decoded.size,
        smallest=extremes[0],
        largest=extremes[1],
    )


def _finite(values: Array) -> Array:
    """In float64, and so that margins beyond the largest are numbers, too."""
    return np.clip(values[np.isfinite(values)].astype(np.float64), -_LARGEST, _LARGEST)


def _range(values: Array) -> tuple[float, float]:
    low, high = (float(each) for each in np.percentile(values, (_OUTSIDE_PERCENT, 100 - _OUTSIDE_PERCENT)))
    margin = (high - low) * _MARGIN or max(abs(low), 1.0) * _MARGIN
    return low - margin, high + margin


def _fractions(values: Array, bins: int, low: float, high: float) -> Array:
    counts, _ = np.histogram(values, bins=bins, range=(low, high))
    return np.asarray(counts / max(values.size, 1))
