"""Zstandard (RFC 8878), the default."""

from __future__ import annotations

import threading
from typing import ClassVar

import numpy as np
import zstandard

from qmodel.buffers.buffer import BytesLike
from qmodel.buffers.codecs.codec import ByteCodec
from qmodel.buffers.codecs.zstd_literals import block_slices, literal_frame
from qmodel.errors import CorruptError

# Weights are noise with structure in few bits: on them level 1 is as small as any level up to 9, and the fastest.
_LEVEL = 1
_of_thread = threading.local()


class Zstd(ByteCodec):
    """One frame, content size present, no checksum since the chunk has one: with repeats or without, the smaller."""

    name: ClassVar[str] = "zstd"

    def compress(self, data: BytesLike, /, *, part_bytes: int = 0) -> bytes:
        """See `ByteCodec.compress`; no block holds bytes of two parts, so that each has Huffman codes of its own."""
        with_repeats = _frame_with_repeats(memoryview(data), part_bytes)
        return min(literal_frame(np.frombuffer(data, np.uint8), part_bytes), with_repeats, key=len)

    def decompress(self, data: BytesLike, size: int, /) -> bytes:
        """See `ByteCodec.decompress`."""
        try:
            declared = zstandard.frame_content_size(data)
            if declared != size:
                raise CorruptError(f"zstd frame declares {declared} bytes, {size} are wanted")
            decompressed = _decompressor().decompress(data, allow_extra_data=False)
        except zstandard.ZstdError as error:
            raise self._failure(size, error) from None
        if len(decompressed) != size:
            raise CorruptError(f"zstd frame holds {len(decompressed)} bytes, {size} are wanted")
        return decompressed


def _decompressor() -> zstandard.ZstdDecompressor:
    """One for each thread: making one takes a twentieth of the time that decompressing a chunk does."""
    try:
        found: zstandard.ZstdDecompressor = _of_thread.decompressor
    except AttributeError:
        found = _of_thread.decompressor = zstandard.ZstdDecompressor()
    return found


def _frame_with_repeats(data: memoryview, part_bytes: int) -> bytes:
    compressor = zstandard.ZstdCompressor(level=_LEVEL).compressobj(size=len(data))
    pieces = []
    for block in block_slices(len(data), part_bytes):
        pieces.append(compressor.compress(data[block]))
        pieces.append(compressor.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK))
    pieces.append(compressor.flush())
    return b"".join(pieces)
