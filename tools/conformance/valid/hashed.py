"""hashed: the hash spelled out, on floats of every kind."""

from collections.abc import Iterable
from math import prod
from typing import Any

import numpy as np

from qmodel import dtypes
from qmodel.encodings import AffineNode, HashedNode
from tools.conformance.arithmetic import affine_values, bits
from tools.conformance.draft import Draft
from tools.conformance.stored import in_chunks, plain

F32 = dtypes.F32
MASK = 0xFFFFFFFF
GOLDEN = 0x9E3779B9
# Bits of buckets: zeros, subnormals, infinities and NaN are among them.
PATTERNS = {
    "f64": (0, 1, 0x3FF8 << 48, 0x7FF0 << 48, 0x7FF8_0000_0000_0001, 0xC008 << 48),
    "f32": (0, 1, 0x3FC00000, 0x7F800000, 0x7FC00001, 0xC0400000),
    "f16": (0, 1, 0x3E00, 0x7C00, 0x7E01, 0xC200),
    "bf16": (0, 1, 0x3FC0, 0x7F80, 0x7FC1, 0xC040),
    "f8e4m3": (0, 1, 0x3C, 0x7E, 0x7F, 0xC4),
    "f8e5m2": (0, 1, 0x3E, 0x7C, 0x7E, 0xC2),
    "f6e2m3": (0, 1, 0x0C, 0x1F, 0x3F, 0x20),
    "f6e3m2": (0, 1, 0x0E, 0x1F, 0x3F, 0x20),
    "f4e2m1": (0, 1, 0x3, 0x7, 0xF, 0x8),
}


def hashed_drafts() -> Iterable[Draft]:
    """Every form of hashed."""
    yield from (hashed_counts(), hashed_types())


def hashed_counts() -> Draft:
    """Numbers of buckets, seeds and shapes; buckets that are encoded themselves."""
    draft = Draft(
        "hashed", "numbers of buckets, seeds, shapes; quantized buckets, buckets in a chunk, buckets of buckets"
    )
    for count, seed, shape in (
        (1, 0, (5,)),
        (3, 7, (2, 3)),
        (7, 0xFFFFFFFF, (4, 0)),
        (64, 0x9E3779B9, ()),
        (2, 1, (40,)),
    ):
        buckets = (np.arange(count) + 1).astype(np.float32) / 4
        values = spread(buckets.view(np.uint32), shape, seed, 32).view(np.float32)
        draft.add(f"{count}.{seed:08x}", HashedNode(plain(buckets, F32), count, seed), values, F32)
    many = np.arange(1000).astype(np.float32)
    values = spread(many.view(np.uint32), (30, 20), 5, 32).view(np.float32)
    draft.add("chunk", HashedNode(in_chunks(many, F32), 1000, 5), values, F32)
    codes, scale = np.array([-7, 0, 3, 7], np.int8), np.float32(0.5)
    quantized = affine_values(codes, [scale], None, (4,), np.float32)
    inner = AffineNode(plain(codes, dtypes.signed(4)), plain(scale, F32))
    values = spread(quantized.view(np.uint32), (3, 4), 6, 32).view(np.float32)
    draft.add("affine", HashedNode(inner, 4, 6), values, F32)
    twice = spread(values.reshape(-1).view(np.uint32), (25,), 8, 32).view(np.float32)
    draft.add("hashed", HashedNode(HashedNode(inner, 4, 6), 12, 8), twice, F32)
    return draft


def hashed_types() -> Draft:
    """Signs of every float type: nothing but one bit changes."""
    draft = Draft("hashed-types", "buckets of every float type with a sign; zeros, subnormals, infinities and NaN")
    for name, patterns in PATTERNS.items():
        element_type = dtypes.parse(name)
        buckets = bits(patterns, element_type)
        unsigned = buckets.view(f"u{element_type.storage.itemsize}")
        values = spread(unsigned, (20,), 3, element_type.bits).view(element_type.storage)
        draft.add(name, HashedNode(plain(buckets, element_type), len(patterns), 3), values, element_type)
    return draft


def spread(buckets: Any, shape: tuple[int, ...], seed: int, width: int) -> Any:
    """The bits of an array's elements from those of the buckets, numbers of `width` bits."""
    found = []
    for index in range(prod(shape)):
        hashed = hash_of(index, seed)
        found.append(int(buckets[hashed * len(buckets) >> 32]) ^ (hashed & 1) << (width - 1))
    return np.array(found, buckets.dtype).reshape(shape)


def hash_of(index: int, seed: int) -> int:
    """The hash of spec/encodings/hashed.md."""
    first = mix(seed ^ ((index >> 32) * GOLDEN & MASK))
    second = mix((first + GOLDEN) & MASK)
    x = (index & MASK) ^ first
    x = ((x ^ x >> 16) * 0x85EBCA6B & MASK) ^ second
    x = (x ^ x >> 13) * 0xC2B2AE35 & MASK
    return x ^ x >> 16


def mix(x: int) -> int:
    """The finalizer of MurmurHash3."""
    x = (x ^ x >> 16) * 0x85EBCA6B & MASK
    x = (x ^ x >> 13) * 0xC2B2AE35 & MASK
    return x ^ x >> 16
