"""Filters where they do not belong, and streams that hold something else than the elements."""

from collections.abc import Iterable
from functools import partial

from qmodel.v1 import buffer_pb2, manifest_pb2
from tools.conformance import codec_streams as streams
from tools.conformance.invalid.base import CORRUPT, DECODE, OPEN, buffer, changed, of, set_features, type_number
from tools.conformance.invalid.buffers import set_bytes
from tools.conformance.vector import Vector

_TEXT_SIZE = len(streams.PLAIN)
_STREAMS = {
    "zlib": bytes.fromhex(streams.ZLIB_HEX),
    "lz4": bytes.fromhex(streams.LZ4_HEX),
    "lzo": bytes.fromhex(streams.LZO_HEX),
    "brotli": bytes.fromhex(streams.BROTLI_HEX),
}


def codec_cases() -> Iterable[Vector]:
    """Filters where they do not belong, and streams that hold something else than the elements."""
    for name, rule, number, type_name in (
        ("bit-planes-of-bool", "2 bits or more", 2, "bool"),
        ("float-planes-of-u16", "f64, f32, f16 and bf16", 3, "u16"),
        ("float-planes-of-f8", "f64, f32, f16 and bf16", 3, "f8e5m2"),
    ):
        yield changed(name, CORRUPT, OPEN, rule, partial(_set_filter, number=number, type_name=type_name))
    yield changed("bit-planes-unused-bits-set", CORRUPT, DECODE, "unused bits are 0", _unused_bits_of_planes)
    for codec, stream in _STREAMS.items():
        yield from _broken_streams(codec, stream)
    for name, rule, count, codec, stream in _single_cases():
        yield _with_stream(name, rule, count, codec, stream)


def _broken_streams(codec: str, stream: bytes) -> Iterable[Vector]:
    exact = "a stream holds exactly the packed size"
    for name, rule, count, data in (
        ("holds-less", exact, _TEXT_SIZE + 1, stream),
        ("holds-more", exact, _TEXT_SIZE - 1, stream),
        ("truncated", "a whole stream", _TEXT_SIZE, stream[:-1]),
        ("trailing-byte", "one stream and nothing else", _TEXT_SIZE, stream + b"\0"),
        ("empty", "one stream", 6, b""),
    ):
        yield _with_stream(f"{codec}-{name}", rule, count, codec, data)


def _single_cases() -> Iterable[tuple[str, str, int, str, bytes]]:
    stored = streams.zlib_stored(b"qmodel")
    yield "zlib-checksum", "ADLER32 is right", 6, "zlib", stored[:-1] + b"\0"
    yield "zlib-dictionary", "FDICT is 0", 6, "zlib", bytes.fromhex(streams.ZLIB_DICTIONARY_HEX)
    yield "zlib-gzip-header", "RFC 1950, not RFC 1952", 6, "zlib", b"\x1f\x8b\x08" + bytes(7) + stored[2:-4] + bytes(8)
    yield "lz4-offset-0", "an offset is at least 1", 21, "lz4", b"\x75qmodel \x00\x00\x50odel!"
    yield "lz4-before-start", "a match is in the output", 21, "lz4", b"\x75qmodel \x08\x00\x50odel!"
    yield "lz4-length-past-end", "a length is within the packed size", 21, "lz4", b"\x7fqmodel \x07\x00" + b"\xff" * 200
    match = "a match is in the output"
    yield "lzo-before-start", match, 21, "lzo", b"\x18qmodel \x2b\x1d\x00!\x11\x00\x00"
    yield "lzo-match-first", match, 8, "lzo", b"\x10\x01\x04\x00\x11\x00\x00"
    yield "lzo-length-past-end", "a length is within the packed size", 9, "lzo", b"\x18qmodel \x20" + bytes(200)
    yield "lzo-literals-past-end", "literals are in the stream", 238, "lzo", b"\xffqmodel\x11\x00\x00"
    yield "lzo-other-end", "the end is 11 00 00", 6, "lzo", b"\x17qmodel\x12\x00\x00"
    yield "lzo-end-with-literals", "the end is 11 00 00", 6, "lzo", b"\x17qmodel\x11\x01\x00m"
    yield "lzo-runs-of-the-kernel", "no extension for runs", 8, "lzo", b"\x11\x01\x17qmodel\x11\x00\x00"
    yield "brotli-not-a-stream", "RFC 7932", 6, "brotli", b"qmodel"


def _with_stream(name: str, rule: str, count: int, codec: str, data: bytes) -> Vector:
    def change(message: manifest_pb2.Manifest) -> None:
        number = buffer_pb2.ByteCodec.Value(f"BYTE_CODEC_{codec.upper()}")
        set_bytes(message, count, data, codec=number)
        set_features(message, sorted(["affine", "alias", codec]))

    return changed(name, CORRUPT, DECODE, rule, change)


def _set_filter(message: manifest_pb2.Manifest, number: int, type_name: str) -> None:
    """Filter a tensor of a type the filter is not for."""
    size = 12 if type_name == "u16" else 1 if type_name == "bool" else 6
    set_bytes(message, 6, bytes(size))
    buffer(message, "a").packed.filter = number
    of(message, "a").element_type = buffer(message, "a").element_type = type_number(type_name)
    feature = buffer_pb2.Filter.Name(number).removeprefix("FILTER_").lower()
    set_features(message, sorted(["affine", "alias", feature]))


def _unused_bits_of_planes(message: manifest_pb2.Manifest) -> None:
    """Nine elements of 3 bits in planes, and a bit set behind the last."""
    set_bytes(message, 9, bytes([0, 0, 0, 0b1000]))
    buffer(message, "a").packed.filter = 2
    of(message, "a").element_type = buffer(message, "a").element_type = type_number("u3")
    set_features(message, ["affine", "alias", "bit_planes"])
