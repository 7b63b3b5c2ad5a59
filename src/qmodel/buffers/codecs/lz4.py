"""LZ4 blocks: LZ77 alone, without entropy coding."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from qmodel.buffers.buffer import BytesLike
from qmodel.buffers.codecs.codec import ByteCodec
from qmodel.kernels.lz4 import has_null_offset


class Lz4(ByteCodec):
    """One block without a frame around it: whoever reads it knows its size."""

    name: ClassVar[str] = "lz4"
    extra: ClassVar[str] = "lz4"

    def compress(self, data: BytesLike, /, *, part_bytes: int = 0) -> bytes:
        """See `ByteCodec.compress`."""
        return bytes(self._library("lz4.block").compress(data, store_size=False))

    def decompress(self, data: BytesLike, size: int, /) -> bytes:
        """See `ByteCodec.decompress`."""
        block = self._library("lz4.block")
        try:
            decompressed: bytes = block.decompress(data, uncompressed_size=size)
        except block.LZ4BlockError as error:
            raise self._failure(size, error) from None
        if len(decompressed) != size:
            raise self._failure(size, f"it holds {len(decompressed)}")
        if has_null_offset(np.frombuffer(data, np.uint8)):
            raise self._failure(size, "a match has the offset 0")
        return decompressed
