"""Byte codecs: lossless compression of bytes whose decompressed size is known (spec/buffers/packed.md)."""

from __future__ import annotations

from qmodel.buffers.codecs.brotli import Brotli
from qmodel.buffers.codecs.codec import ByteCodec
from qmodel.buffers.codecs.deflate import Zlib
from qmodel.buffers.codecs.lz4 import Lz4
from qmodel.buffers.codecs.lzo import Lzo
from qmodel.buffers.codecs.zstd import Zstd
from qmodel.errors import InvalidInputError

__all__ = ["CODEC_NAMES", "ByteCodec", "all_names", "byte_codec", "codec_name"]

_CODECS: dict[str, ByteCodec] = {codec.name: codec for codec in (Zstd(), Zlib(), Lz4(), Lzo(), Brotli())}
CODEC_NAMES = ("none", *_CODECS)
# Other names that users know them by.
_ALIASES = {"gzip": "zlib", "deflate": "zlib", "lz77": "lz4"}


def codec_name(name: str, /) -> str:
    """The name of a codec, from that or from another that it is known by.

    Raises:
        InvalidInputError: there is no such codec.
    """
    known = _ALIASES.get(name, name)
    if known not in CODEC_NAMES:
        raise InvalidInputError(f"unknown codec {name!r}; known: {', '.join((*CODEC_NAMES, *_ALIASES))}")
    return known


def all_names(name: str, /) -> tuple[str, ...]:
    """A name and all others by which users know the codec that has it, if one has."""
    return (name, *(alias for alias, known in _ALIASES.items() if known == name))


def byte_codec(name: str, /) -> ByteCodec | None:
    """The codec of a name; None for `none`.

    Raises:
        InvalidInputError: there is no such codec.
    """
    return _CODECS.get(codec_name(name))
