"""zlib (RFC 1950), what gzip compresses with: LZ77 and Huffman codes."""

from __future__ import annotations

import zlib
from typing import ClassVar

from qmodel.buffers.buffer import BytesLike
from qmodel.buffers.codecs.codec import ByteCodec

_LEVEL = 6


class Zlib(ByteCodec):
    """One zlib stream, whose own checksum is checked."""

    name: ClassVar[str] = "zlib"

    def compress(self, data: BytesLike, /, *, part_bytes: int = 0) -> bytes:
        """See `ByteCodec.compress`."""
        return zlib.compress(data, _LEVEL)

    def decompress(self, data: BytesLike, size: int, /) -> bytes:
        """See `ByteCodec.decompress`."""
        decompressor = zlib.decompressobj()
        try:
            decompressed = decompressor.decompress(data, size)
            # The end may be unread when the last byte is out; a byte more must not come.
            surplus = b"" if decompressor.eof else decompressor.decompress(decompressor.unconsumed_tail, 1)
        except zlib.error as error:
            raise self._failure(size, error) from None
        if surplus or len(decompressed) != size or not decompressor.eof:
            raise self._failure(size, "it holds more bytes or fewer, or breaks off")
        if decompressor.unused_data:
            raise self._failure(size, "bytes follow its end")
        return decompressed
