"""ZipNN on bytes. It overwrites the buffers that it is given, so it gets copies."""

from __future__ import annotations

from zipnn import ZipNN

from rate_distortion_table.float_fields import FloatType

_DTYPES = {"fp32": "float32", "bf16": "bfloat16", "fp16": "float16"}


def compressed(data: bytes, kind: FloatType, *, threads: int) -> bytes:
    return bytes(codec(kind, threads).compress(bytearray(data)))


def restored(stream: bytes, kind: FloatType, *, threads: int) -> bytes:
    return bytes(codec(kind, threads).decompress(bytearray(stream)))


def codec(kind: FloatType, threads: int) -> ZipNN:
    """A codec for one buffer, in its default settings."""
    return ZipNN(input_format="byte", bytearray_dtype=_DTYPES[kind.name], threads=threads)
