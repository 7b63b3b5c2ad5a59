"""The hash of `hashed` (spec/encodings/hashed.md): which bucket, with which sign, stands for each element of an array.

The hash of element i is a keyed form of the 32-bit finalizer of MurmurHash3 (A. Appleby, public domain): both
multipliers and the three shifts are its own; a key made of the seed and of the upper half of i is mixed in before each
multiplication. All arithmetic is modulo 2^32.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from qmodel.dtypes import Array
from qmodel.kernels.dispatch import compiled

MAX_BUCKETS = 1 << 32

_FIRST_FACTOR = 0x85EBCA6B
_SECOND_FACTOR = 0xC2B2AE35
_GOLDEN = 0x9E3779B9
_MASK = 0xFFFFFFFF
# Hashes, buckets and values of a slice stay in a core's cache; a power of two, so that no slice crosses a multiple of
# 2^32, where the keys change.
_SLICE_ELEMENTS = 1 << 15


def keys(seed: int, upper: int, /) -> tuple[int, int]:
    """The two keys of the elements whose index has `upper` above its lower 32 bits."""
    first = _finalized(seed ^ upper * _GOLDEN & _MASK)
    return first, _finalized(first + _GOLDEN & _MASK)


def spread(buckets: Array, target: Array, seed: int, sign_bit: int, /, *, start: int = 0) -> None:
    """Fill `target` with the buckets that stand for its elements, the sign flipped where the hash says so.

    Args:
        buckets: unsigned integers of 8 to 64 bits, 1-D: the bits of the buckets' numbers.
        target: of the same dtype, 1-D.
        seed: of the hash, 0 to 2^32 − 1.
        sign_bit: place of the sign in a number, counted from the lowest bit.
        start: index of the first element, a multiple of 2^15.
    """
    if module := compiled("hashing", target.size):
        for piece, first_key, second_key in _stretches(target.size, seed, start):
            lower = np.uint32((start + piece.start) & _MASK)
            module.spread(buckets, target[piece], np.uint32(first_key), np.uint32(second_key), sign_bit, lower)
        return
    sign = target.dtype.type(sign_bit)
    for piece, hashes in _hashes(target.size, seed, start):
        signs = (hashes & np.uint32(1)).astype(target.dtype)
        signs <<= sign
        part = target[piece]
        buckets.take(_places(hashes, buckets.size), out=part, mode="clip")
        part ^= signs


def sums_of_buckets(values: Array, weights: Array | None, bucket_count: int, seed: int, /) -> tuple[Array, Array]:
    """Sum, for each bucket, the weighted values it stands for, signs undone, and their weights.

    Sums are of binary64, one element added after another in the order of their indices.

    Args:
        values: float32 or float64, 1-D, finite.
        weights: as many numbers, at least 0; None: all 1.
        bucket_count: 1 to 2^32.
        seed: of the hash.

    Returns:
        Two arrays of float64, `bucket_count` long.
    """
    both = np.zeros((bucket_count, 2))  # side by side, so that an element costs one access to memory
    sums, totals = both[:, 0], both[:, 1]
    if module := compiled("hashing", values.size):
        for piece, first_key, second_key in _stretches(values.size, seed, 0):
            part = None if weights is None else weights[piece]
            module.add(values[piece], part, both, np.uint32(first_key), np.uint32(second_key))
        return sums, totals
    for piece, hashes in _hashes(values.size, seed, 0):
        places = _places(hashes, bucket_count)
        weight = np.ones(places.size) if weights is None else weights[piece].astype(np.float64)
        with np.errstate(over="ignore", invalid="ignore", under="ignore"):  # the caller looks at the sums
            weighted = values[piece].astype(np.float64) * weight
            np.negative(weighted, out=weighted, where=(hashes & np.uint32(1)).astype(bool))
            np.add.at(sums, places, weighted)
            np.add.at(totals, places, weight)
    return sums, totals


def _hashes(count: int, seed: int, start: int) -> Iterator[tuple[slice, Array]]:
    """Slices that cover `count` elements from index `start` on, and the uint32 hashes of each; overwritten by the next.

    The reference.
    """
    offsets = np.arange(min(count, _SLICE_ELEMENTS), dtype=np.uint32)
    hashes, shifted = np.empty_like(offsets), np.empty_like(offsets)
    for begin in range(0, count, _SLICE_ELEMENTS):
        size = min(count - begin, _SLICE_ELEMENTS)
        x, y = hashes[:size], shifted[:size]
        first_key, second_key = keys(seed, (start + begin) >> 32)
        np.add(offsets[:size], np.uint32((start + begin) & _MASK), out=x)
        x ^= np.uint32(first_key)
        np.right_shift(x, np.uint32(16), out=y)
        x ^= y
        x *= np.uint32(_FIRST_FACTOR)
        x ^= np.uint32(second_key)
        np.right_shift(x, np.uint32(13), out=y)
        x ^= y
        x *= np.uint32(_SECOND_FACTOR)
        np.right_shift(x, np.uint32(16), out=y)
        x ^= y
        yield slice(begin, begin + size), x


def _places(hashes: Array, bucket_count: int) -> Array:
    """The bucket of each hash: floor(hash · bucket_count / 2^32)."""
    wide = hashes.astype(np.uint64)
    wide *= np.uint64(bucket_count)
    wide >>= np.uint64(32)
    return wide.view(np.int64)


def _stretches(count: int, seed: int, start: int) -> Iterator[tuple[slice, int, int]]:
    """Slices that cover `count` elements from index `start` on, with the keys that hold for all of each."""
    begin = 0
    while begin < count:
        upper = (start + begin) >> 32
        end = min(count, ((upper + 1) << 32) - start)
        yield slice(begin, end), *keys(seed, upper)
        begin = end


def _finalized(x: int) -> int:
    x = (x ^ x >> 16) * _FIRST_FACTOR & _MASK
    x = (x ^ x >> 13) * _SECOND_FACTOR & _MASK
    return x ^ x >> 16
