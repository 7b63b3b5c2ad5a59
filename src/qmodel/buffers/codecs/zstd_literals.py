"""Zstandard frames of literals alone: every block is one byte repeated, Huffman-coded, or stored (RFC 8878, section 3).

The exponents of weights are noise of few values. A compressor that looks for repeats finds short ones there that cost
more than their bytes do as literals; these frames are smaller, and decode as fast as Huffman codes can be.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from qmodel.buffers.buffer import BytesLike
from qmodel.dtypes import Array
from qmodel.kernels.huffman import canonical_codes, code_lengths, encode, histogram
from qmodel.kernels.huffman_weights import tree_description

MAGIC = b"\x28\xb5\x2f\xfd"
BLOCK_BYTES = 1 << 17
_LONGEST_CODE = 11
# Below this one stream is used, as the compressor of the format's authors does.
_SMALLEST_OF_FOUR_STREAMS = 256
_STORED, _REPEATED, _COMPRESSED = 0, 1, 2
_HUFFMAN_LITERALS = 2
_SINGLE_SEGMENT = 0x20


def literal_frame(data: Array, part_bytes: int, /) -> bytes:
    """A frame of literals.

    Args:
        data: uint8, one axis, not empty.
        part_bytes: no block crosses a multiple of it; 0: blocks are as long as they may be.
    """
    pieces = list(block_slices(data.size, part_bytes))
    parts: list[BytesLike] = [_frame_header(data.size)]
    for piece in pieces:
        parts += _block(data[piece], data.size, is_last=piece is pieces[-1])
    return b"".join(parts)


def block_slices(size: int, part_bytes: int, /) -> Iterator[slice]:
    """Where blocks begin and end: none longer than allowed, none across two parts."""
    for start in range(0, size, part_bytes or size):
        end = min(start + (part_bytes or size), size)
        for first in range(start, end, BLOCK_BYTES):
            yield slice(first, min(first + BLOCK_BYTES, end))


def _frame_header(size: int) -> bytes:
    """One segment without a dictionary or a checksum, its size in 1, 2, 4 or 8 bytes."""
    if size < 256:
        return MAGIC + bytes([_SINGLE_SEGMENT, size])
    if size < 65536 + 256:
        return MAGIC + bytes([_SINGLE_SEGMENT | 1 << 6]) + (size - 256).to_bytes(2, "little")
    width = 4 if size < 1 << 32 else 8
    return MAGIC + bytes([_SINGLE_SEGMENT | (width // 4 + 1) << 6]) + size.to_bytes(width, "little")


def _block(data: Array, work: int, *, is_last: bool) -> tuple[BytesLike, ...]:
    counts = histogram(data, work=work)
    if np.count_nonzero(counts) == 1:
        return _block_header(_REPEATED, data.size, is_last), data[:1].data
    coded = _literals(data, counts, work)
    if coded is None:
        return _block_header(_STORED, data.size, is_last), data.data
    without_sequences = b"\x00"
    return _block_header(_COMPRESSED, len(coded) + 1, is_last), coded, without_sequences


def _block_header(kind: int, size: int, is_last: bool) -> bytes:
    return (is_last | kind << 1 | size << 3).to_bytes(3, "little")


def _literals(data: Array, counts: Array, work: int) -> bytes | None:
    """A section of Huffman-coded literals; None where it would not be worth its decoding."""
    if _is_noise(counts, data.size):
        return None
    lengths = code_lengths(counts, _LONGEST_CODE)
    worthwhile = data.size - data.size // 64
    if int(counts @ lengths) // 8 >= worthwhile:
        return None
    longest = int(lengths.max())
    weights = np.where(lengths > 0, longest + 1 - lengths.astype(np.int64), 0)
    description = tree_description(weights[: np.flatnonzero(counts)[-1]].tolist())
    if description is None:
        return None
    streams = _streams(data, canonical_codes(lengths), lengths, work)
    coded = _literals_header(data.size, len(description) + len(streams)) + description + streams
    return coded if len(coded) + 1 < worthwhile else None


def _is_noise(counts: Array, size: int) -> bool:
    """Whether two bytes are so seldom the same (1.07 times in 256) that no code takes less than 7.9 bits a byte."""
    return 256 * 100 * int(counts @ counts) <= 107 * size * size


def _streams(data: Array, codes: Array, lengths: Array, work: int) -> bytes:
    if data.size < _SMALLEST_OF_FOUR_STREAMS:
        return encode(data, codes, lengths, work=work).tobytes()
    quarter = (data.size + 3) // 4
    parts = [data[start : start + quarter] for start in range(0, data.size, quarter)]
    streams = [encode(part, codes, lengths, work=work).tobytes() for part in parts]
    jumps = b"".join(len(stream).to_bytes(2, "little") for stream in streams[:-1])
    return jumps + b"".join(streams)


def _literals_header(size: int, coded_size: int) -> bytes:
    """Kind, number of streams and both sizes, in the fewest bits that RFC 8878, section 3.1.1.3.1.1 has."""
    if size < _SMALLEST_OF_FOUR_STREAMS:
        size_format, width = 0, 10
    else:
        size_format, width = next((f, w) for f, w in ((1, 10), (2, 14), (3, 18)) if max(size, coded_size) < 1 << w)
    header = _HUFFMAN_LITERALS | size_format << 2 | size << 4 | coded_size << (4 + width)
    return header.to_bytes((4 + 2 * width) // 8, "little")
