"""Compiled twin of `qmodel.kernels.hashing`."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.kernels.compiled.jit import jit
from qmodel.kernels.compiled.prefetch import prefetch

# Elements hashed and asked for at once, and the size of a table that is at hand without asking.
_AHEAD = 64
_NEAR_BYTES = 1 << 19


@jit
def hashed(lower: np.uint32, first_key: np.uint32, second_key: np.uint32) -> np.uint32:
    """The hash of an element by the lower half of its index and the keys of the upper half and the seed."""
    x = np.uint32(lower ^ first_key)
    x = np.uint32((x ^ (x >> np.uint32(16))) * np.uint32(0x85EBCA6B))
    x = np.uint32(x ^ second_key)
    x = np.uint32((x ^ (x >> np.uint32(13))) * np.uint32(0xC2B2AE35))
    return np.uint32(x ^ (x >> np.uint32(16)))


@jit
def spread(
    buckets: Array, target: Array, first_key: np.uint32, second_key: np.uint32, sign_bit: int, lower: np.uint32
) -> None:
    """As `qmodel.kernels.hashing.spread`, for elements with the same keys.

    Hashing a few elements ahead leaves a loop of look-ups that wait for memory side by side. Of a large table they are
    asked for before that: twice as fast where it fits the third cache only.
    """
    count, is_far = np.uint64(buckets.size), buckets.size * buckets.itemsize > _NEAR_BYTES
    places, signs = np.empty((2, _AHEAD), np.uint32), np.empty((2, _AHEAD), target.dtype)
    for start in range(-_AHEAD, target.size, _AHEAD):
        following = start + _AHEAD
        if following < target.size:
            half = following // _AHEAD % 2
            _locate(following, lower, first_key, second_key, count, sign_bit, places[half], signs[half])
            if is_far:
                for i in range(_AHEAD):
                    prefetch(buckets, places[half, i])
        if start >= 0:
            half = start // _AHEAD % 2
            for i in range(min(_AHEAD, target.size - start)):
                target[start + i] = buckets[places[half, i]] ^ signs[half, i]


@jit
def add(
    values: Array, weights: Array | None, sums_and_totals: Array, first_key: np.uint32, second_key: np.uint32
) -> None:
    """Add a stretch of values to their buckets, as `qmodel.kernels.hashing.sums_of_buckets` does."""
    flat, count = sums_and_totals.reshape(-1), np.uint64(len(sums_and_totals))
    places, negative = np.empty((2, _AHEAD), np.uint32), np.empty((2, _AHEAD), np.uint8)
    for start in range(-_AHEAD, values.size, _AHEAD):
        following = start + _AHEAD
        if following < values.size:
            half = following // _AHEAD % 2
            _locate(following, np.uint32(0), first_key, second_key, count, 0, places[half], negative[half])
            for i in range(_AHEAD):
                prefetch(flat, np.uint64(2) * np.uint64(places[half, i]))
        if start >= 0:
            half = start // _AHEAD % 2
            for i in range(min(_AHEAD, values.size - start)):
                weight = np.float64(1.0) if weights is None else np.float64(weights[start + i])
                weighted = np.float64(values[start + i]) * weight
                sums_and_totals[places[half, i], 0] += -weighted if negative[half, i] else weighted
                sums_and_totals[places[half, i], 1] += weight


@jit
def _locate(
    start: int,
    lower: np.uint32,
    first_key: np.uint32,
    second_key: np.uint32,
    bucket_count: np.uint64,
    sign_bit: int,
    places: Array,
    signs: Array,
) -> None:
    """Places in the table of `_AHEAD` elements, also beyond the last, and 1 << sign_bit where the sign is flipped."""
    for i in range(_AHEAD):
        x = hashed(np.uint32(lower + np.uint32(start + i)), first_key, second_key)
        places[i] = np.uint32((np.uint64(x) * bucket_count) >> np.uint64(32))
        signs[i] = np.uint64(x & np.uint32(1)) << np.uint64(sign_bit)
