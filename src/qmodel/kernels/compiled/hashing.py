"""Compiled twin of `qmodel.kernels.hashing`."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.kernels.compiled.jit import jit

_AHEAD = 1024


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

    Hashing a few elements ahead leaves a loop of look-ups that wait for memory side by side.
    """
    bucket_count = np.uint64(buckets.size)
    places, signs = np.empty(_AHEAD, np.uint32), np.empty(_AHEAD, target.dtype)
    for start in range(0, target.size, _AHEAD):
        size = min(_AHEAD, target.size - start)
        for i in range(size):
            x = hashed(np.uint32(lower + np.uint32(start + i)), first_key, second_key)
            places[i] = np.uint32((np.uint64(x) * bucket_count) >> np.uint64(32))
            signs[i] = np.uint64(x & np.uint32(1)) << np.uint64(sign_bit)
        for i in range(size):
            target[start + i] = buckets[places[i]] ^ signs[i]


@jit
def add(
    values: Array, weights: Array | None, sums_and_totals: Array, first_key: np.uint32, second_key: np.uint32
) -> None:
    """Add a stretch of values to their buckets, as `qmodel.kernels.hashing.sums_of_buckets` does."""
    bucket_count = np.uint64(len(sums_and_totals))
    places, negative = np.empty(_AHEAD, np.uint32), np.empty(_AHEAD, np.bool_)
    for start in range(0, values.size, _AHEAD):
        size = min(_AHEAD, values.size - start)
        for i in range(size):
            x = hashed(np.uint32(start + i), first_key, second_key)
            places[i] = np.uint32((np.uint64(x) * bucket_count) >> np.uint64(32))
            negative[i] = (x & np.uint32(1)) != 0
        for i in range(size):
            weight = np.float64(1.0) if weights is None else np.float64(weights[start + i])
            weighted = np.float64(values[start + i]) * weight
            sums_and_totals[places[i], 0] += -weighted if negative[i] else weighted
            sums_and_totals[places[i], 1] += weight
