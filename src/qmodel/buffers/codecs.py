"""Byte codecs: lossless compression of bytes whose decompressed size is known (spec/buffers/packed.md)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

import zstandard

from qmodel.buffers.buffer import BytesLike
from qmodel.errors import CorruptError, InvalidInputError

# Weights are noise with structure in few bits: on them level 1 is as small as any level up to 9, and the fastest.
ZSTD_LEVEL = 1


class ByteCodec(ABC):
    """Compresses one payload; the reader knows the decompressed size beforehand."""

    name: ClassVar[str]

    @abstractmethod
    def compress(self, data: BytesLike, /) -> bytes:
        """Compress; same input and library version give the same bytes."""

    @abstractmethod
    def decompress(self, data: BytesLike, size: int, /) -> bytes:
        """Decompress to exactly `size` bytes, allocating no more than that.

        Raises:
            CorruptError: the data does not decompress to exactly `size` bytes.
        """


class Zstd(ByteCodec):
    """Zstandard (RFC 8878): one frame, content size present, no checksum since the chunk has one."""

    name = "zstd"

    def compress(self, data: BytesLike, /) -> bytes:
        """See `ByteCodec.compress`."""
        return zstandard.ZstdCompressor(level=ZSTD_LEVEL).compress(data)

    def decompress(self, data: BytesLike, size: int, /) -> bytes:
        """See `ByteCodec.decompress`."""
        try:
            declared = zstandard.frame_content_size(data)
            if declared != size:
                raise CorruptError(f"zstd frame declares {declared} bytes, {size} are wanted")
            decompressed = zstandard.ZstdDecompressor().decompress(data, allow_extra_data=False)
        except zstandard.ZstdError as error:
            raise CorruptError(f"zstd frame of {len(data)} bytes cannot be decompressed: {error}") from None
        if len(decompressed) != size:
            raise CorruptError(f"zstd frame holds {len(decompressed)} bytes, {size} are wanted")
        return decompressed


_CODECS: dict[str, ByteCodec] = {codec.name: codec for codec in (Zstd(),)}
CODEC_NAMES = ("none", *_CODECS)


def byte_codec(name: str) -> ByteCodec | None:
    """The codec of a name; None for `none`.

    Raises:
        InvalidInputError: there is no such codec.
    """
    if name not in CODEC_NAMES:
        raise InvalidInputError(f"unknown codec {name!r}; known: {', '.join(CODEC_NAMES)}")
    return _CODECS.get(name)
