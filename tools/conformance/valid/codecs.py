"""Filters and byte codecs other than zstd."""

from collections.abc import Iterable

import numpy as np

from qmodel import dtypes
from qmodel.buffers import Packed
from qmodel.dtypes import ElementType
from tools.conformance import codec_streams as streams
from tools.conformance.arithmetic import bits
from tools.conformance.draft import Draft
from tools.conformance.stored import in_chunks, payload
from tools.conformance.zstd_frames import zstd_frame

U8 = dtypes.unsigned(8)
_SENTENCE = b"qmodel qmodel qmodel!"
_EXPONENT_PLACES = {"f64": 52, "f32": 23, "f16": 7, "bf16": 7}


def codec_drafts() -> Iterable[Draft]:
    """Filters and byte codecs other than zstd."""
    yield from (bit_planes(), float_planes(), zlib_streams(), lz4_blocks(), lzo_streams(), brotli_streams())


def bit_planes() -> Draft:
    """Bit planes, with and without elements that fill no byte of a plane."""
    draft = Draft("packed-bit-planes", "bit planes of many widths and counts, also of floats; in chunks; with a codec")
    for name in ("u2", "s3", "u8", "s11", "f16", "f8e4m3", "u32", "f64"):
        element_type = dtypes.parse(name)
        for count in (1, 8, 19):
            codes = _codes(element_type, count)
            data = _in_bit_planes(codes, element_type.bits)
            node = payload(data, count, element_type, Packed("none", "bit_planes"))
            draft.add(f"{name}.{count}", node, _as_storage(codes, element_type), element_type)
    u3 = np.arange(21) * 5 % 8
    chunks = in_chunks(u3, dtypes.unsigned(3), 8, Packed("none", "bit_planes"))
    draft.add("chunks", chunks, u3, dtypes.unsigned(3))
    same = payload(zstd_frame(b"\xff", repeat=24), 64, dtypes.unsigned(3), Packed("zstd", "bit_planes"))
    draft.add("zstd", same, np.full(64, 7), dtypes.unsigned(3))
    return draft


def float_planes() -> Draft:
    """Float planes of the four types."""
    draft = Draft("packed-float-planes", "float planes of each type they are for; NaNs and subnormals; with a codec")
    for name, place in _EXPONENT_PLACES.items():
        element_type = dtypes.parse(name)
        codes = [*_codes(element_type, 9), 0, 1 << (element_type.bits - 1), (1 << element_type.bits) - 1, 1]
        data = _in_float_planes(codes, element_type.bits // 8, place)
        coding = Packed("none", "float_planes")
        draft.add(name, payload(data, len(codes), element_type, coding), bits(codes, element_type), element_type)
        frame = payload(zstd_frame(data), len(codes), element_type, Packed("zstd", "float_planes"))
        draft.add(f"{name}.zstd", frame, bits(codes, element_type), element_type)
    return draft


def zlib_streams() -> Draft:
    """Streams of zlib."""
    draft = Draft("packed-zlib", "zlib: stored, fixed codes, codes of its own")
    for name, stream, text in (
        ("stored", streams.zlib_stored(b"qmodel"), b"qmodel"),
        ("fixed", bytes.fromhex(streams.ZLIB_FIXED_HEX), _SENTENCE),
        ("dynamic", bytes.fromhex(streams.ZLIB_HEX), streams.PLAIN),
    ):
        _add_bytes(draft, name, stream, text, Packed("zlib"))
    return draft


def lz4_blocks() -> Draft:
    """Blocks of LZ4."""
    draft = Draft("packed-lz4", "LZ4: literals alone, a match, many matches with long lengths")
    for name, block, text in (
        ("literals", streams.lz4_literals(b"qmodel"), b"qmodel"),
        ("match", b"\x75qmodel \x07\x00\x50odel!", _SENTENCE),
        ("compressed", bytes.fromhex(streams.LZ4_HEX), streams.PLAIN),
    ):
        _add_bytes(draft, name, block, text, Packed("lz4"))
    return draft


def lzo_streams() -> Draft:
    """Streams of LZO1X."""
    draft = Draft("packed-lzo", "LZO1X: literals alone, a match, every kind of instruction, a compressor's best")
    every_stream, every_text = streams.lzo_of_every_instruction()
    for name, stream, text in (
        ("literals", streams.lzo_literals(b"qmodel"), b"qmodel"),
        ("match", b"\x18qmodel \x2b\x19\x00!\x11\x00\x00", _SENTENCE),
        ("every-instruction", every_stream, every_text),
        ("compressed", bytes.fromhex(streams.LZO_HEX), streams.PLAIN),
    ):
        _add_bytes(draft, name, stream, text, Packed("lzo"))
    pair = payload(
        streams.lzo_literals(bytes.fromhex("000000000080403f")), 2, dtypes.F32, Packed("lzo", "byte_shuffle")
    )
    draft.add("shuffled", pair, [2.0, 1.0], dtypes.F32)
    return draft


def brotli_streams() -> Draft:
    """Streams of Brotli."""
    draft = Draft("packed-brotli", "a Brotli stream")
    _add_bytes(draft, "compressed", bytes.fromhex(streams.BROTLI_HEX), streams.PLAIN, Packed("brotli"))
    return draft


def _add_bytes(draft: Draft, name: str, stream: bytes, text: bytes, coding: Packed) -> None:
    draft.add(name, payload(stream, len(text), U8, coding), np.frombuffer(text, np.uint8), U8)


def _codes(element_type: ElementType, count: int) -> list[int]:
    return [(i * 0x9E3779B97F4A7C15) % (1 << element_type.bits) for i in range(1, count + 1)]


def _as_storage(codes: list[int], element_type: ElementType) -> object:
    if element_type.is_float:
        return bits(codes, element_type)
    wrapped = 1 << element_type.bits if element_type.kind == "signed" else 0
    return [code - wrapped if wrapped and code >> (element_type.bits - 1) else code for code in codes]


def _in_bit_planes(codes: list[int], width: int) -> bytes:
    """The arrangement spelled out: a plane for each bit, then the last elements as packed bits."""
    whole = len(codes) // 8 * 8
    data = b""
    for place in range(width):
        plane = sum((code >> place & 1) << i for i, code in enumerate(codes[:whole]))
        data += plane.to_bytes(whole // 8, "little")
    tail = sum(code << i * width for i, code in enumerate(codes[whole:]))
    return data + tail.to_bytes((len(codes[whole:]) * width + 7) // 8, "little")


def _in_float_planes(codes: list[int], width: int, place: int) -> bytes:
    """The arrangement spelled out: exponent bytes, then the remainders' bytes from the most significant down."""
    remainders = [code % (1 << place) | code >> (place + 8) << place for code in codes]
    planes = [bytes(code >> place & 0xFF for code in codes)]
    planes += [bytes(rest >> 8 * (width - 1 - k) & 0xFF for rest in remainders) for k in range(1, width)]
    return b"".join(planes)
