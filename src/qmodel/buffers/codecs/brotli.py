"""Brotli (RFC 7932)."""

from __future__ import annotations

from typing import ClassVar

from qmodel.buffers.buffer import BytesLike
from qmodel.buffers.codecs.codec import ByteCodec

# Above 5 it takes many times as long, and weights get no smaller by more than a thousandth.
_QUALITY = 5
# The library may give twice what it is limited to: pieces of this size bound what is allocated in vain.
_PIECE_BYTES = 1 << 18


class Brotli(ByteCodec):
    """One stream; it has no checksum, the chunk has one."""

    name: ClassVar[str] = "brotli"
    extra: ClassVar[str] = "brotli"

    def compress(self, data: BytesLike, /, *, part_bytes: int = 0) -> bytes:
        """See `ByteCodec.compress`."""
        return bytes(self._library("brotli").compress(data, quality=_QUALITY))

    def decompress(self, data: BytesLike, size: int, /) -> bytes:
        """See `ByteCodec.decompress`."""
        brotli = self._library("brotli")
        decompressor = brotli.Decompressor()
        pieces: list[bytes] = []
        held = 0
        try:
            while held <= size and not decompressor.is_finished():
                limit = min(size - held + 1, _PIECE_BYTES)
                piece = decompressor.process(b"" if pieces else data, output_buffer_limit=limit)
                if not piece:
                    break
                pieces.append(piece)
                held += len(piece)
        except brotli.error as error:
            raise self._failure(size, error) from None
        if held != size or not decompressor.is_finished():
            raise self._failure(size, "it holds more bytes or fewer, or breaks off")
        return b"".join(pieces)
