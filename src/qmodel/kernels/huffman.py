"""Huffman codes of bytes, no longer than a limit, and bits coded with them, as Zstandard reads them (RFC 8878, 4.2)."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.kernels.dispatch import compiled


def histogram(data: Array, /, *, work: int) -> Array:
    """How often each byte occurs.

    Args:
        data: uint8, one axis.
        work: number of bytes that the caller counts in all.

    Returns:
        int64 of shape (256,).
    """
    module = compiled("huffman", work)
    return np.asarray((module.count_bytes if module else count_bytes)(data))


def count_bytes(data: Array, /) -> Array:
    """As `histogram`: the reference."""
    return np.bincount(data, minlength=256)


def code_lengths(counts: Array, longest: int, /) -> Array:
    """The lengths that code bytes of given frequencies in the fewest bits, by package-merge (Larmore, Hirschberg 1990).

    Args:
        counts: int64 of shape (256,), how often each byte occurs; at least two of them occur.
        longest: bits that no code may exceed; at least 8.

    Returns:
        uint8 of shape (256,): bits of each code, 0 for a byte that does not occur. Codes of these lengths leave no
        sequence of bits without meaning.
    """
    symbols = np.flatnonzero(counts)
    symbols = symbols[np.argsort(counts[symbols], kind="stable")]
    leaves = counts[symbols]
    weights, is_leaf = leaves, [np.ones(len(leaves), np.bool_)]
    for _ in range(longest - 1):
        pairs = len(weights) // 2
        packages = weights[: 2 * pairs : 2] + weights[1 : 2 * pairs : 2]
        weights = np.concatenate((leaves, packages))
        order = np.argsort(weights, kind="stable")
        weights = weights[order]
        is_leaf.append(order < len(leaves))
    lengths = np.zeros(256, np.uint8)
    chosen = 2 * len(leaves) - 2
    for flags in reversed(is_leaf):
        chosen_leaves = int(np.count_nonzero(flags[:chosen]))
        lengths[symbols[:chosen_leaves]] += 1
        chosen = 2 * (chosen - chosen_leaves)
    return lengths


def canonical_codes(lengths: Array, /) -> Array:
    """The code of each byte as Zstandard numbers them: the longest first, codes of a length in the order of the bytes.

    Args:
        lengths: uint8 of shape (256,), complete as `code_lengths` makes them.

    Returns:
        uint32 of shape (256,).
    """
    codes = np.zeros(256, np.uint32)
    following = 0
    for length in range(int(lengths.max()), 0, -1):
        members = np.flatnonzero(lengths == length)
        codes[members] = following + np.arange(len(members), dtype=np.uint32)
        following = (following + len(members)) >> 1
    return codes


def encode(data: Array, codes: Array, lengths: Array, /, *, work: int) -> Array:
    """Code bytes as one stream that is read from its end: the last byte first, a 1 behind the first.

    Args:
        data: uint8, one axis.
        codes: uint32 of shape (256,).
        lengths: uint8 of shape (256,), at most 16; no byte of the data has 0.
        work: number of bytes that the caller codes in all.

    Returns:
        uint8, one axis; unused high bits of the last byte are 0.
    """
    module = compiled("huffman", work)
    return np.asarray((module.encode_backwards if module else encode_backwards)(data, codes, lengths))


def encode_backwards(data: Array, codes: Array, lengths: Array, /) -> Array:
    """As `encode`: the reference."""
    reverse = data[::-1]
    ends = np.cumsum(lengths[reverse], dtype=np.int64)
    total = int(ends[-1]) if ends.size else 0
    starts = ends - lengths[reverse]
    words, shifts = starts >> 5, (starts & 31).astype(np.uint64)
    shifted = codes[reverse].astype(np.uint64) << shifts
    size = total // 32 + 2
    # Bits of different codes never meet, so that sums in float64 are exact: a word is below 2^32.
    low = np.bincount(words, weights=(shifted & np.uint64(0xFFFFFFFF)).astype(np.float64), minlength=size)
    high = np.bincount(words + 1, weights=(shifted >> np.uint64(32)).astype(np.float64), minlength=size)
    stream = (low + high).astype("<u4")
    stream[total // 32] |= np.uint32(1 << (total % 32))
    return stream.view(np.uint8)[: total // 8 + 1]
