"""Compiled twin of `qmodel.kernels.hashing`."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.kernels.compiled.jit import jit


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
    """As `qmodel.kernels.hashing.spread`, for elements with the same keys."""
    bucket_count = np.uint64(buckets.size)
    for i in range(target.size):
        x = hashed(np.uint32(lower + np.uint32(i)), first_key, second_key)
        place = (np.uint64(x) * bucket_count) >> np.uint64(32)
        target[i] = buckets[place] ^ (np.uint64(x & np.uint32(1)) << np.uint64(sign_bit))


@jit
def add(
    values: Array,
    weights: Array | None,
    sums: Array,
    totals: Array,
    first_key: np.uint32,
    second_key: np.uint32,
) -> None:
    """Add a stretch of values to their buckets, as `qmodel.kernels.hashing.sums_of_buckets` does."""
    bucket_count = np.uint64(sums.size)
    for i in range(values.size):
        x = hashed(np.uint32(i), first_key, second_key)
        place = (np.uint64(x) * bucket_count) >> np.uint64(32)
        weight = np.float64(1.0) if weights is None else np.float64(weights[i])
        weighted = np.float64(values[i]) * weight
        sums[place] += -weighted if x & np.uint32(1) else weighted
        totals[place] += weight
