"""The buffers of a node stored once more, in every other way that their element types allow."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from qmodel.buffers import Buffer, MemorySource, Packed, Payloads, encode_buffer, load
from qmodel.buffers.arithmetic import ArithmeticCoding
from qmodel.buffers.split import SplitCoding
from qmodel.dtypes import ElementType, unsigned
from tools.conformance.codec_streams import brotli_stored, lz4_literals, lzo_literals, zlib_stored
from tools.conformance.stored import in_chunks, payload
from tools.conformance.valid.rans import coding, row
from tools.conformance.valid.split import PARTITIONS, parts_of
from tools.conformance.zstd_frames import zstd_frame

Recode = Callable[[Buffer], Buffer]

STREAMS: dict[str, Callable[[bytes], bytes]] = {
    "zstd": zstd_frame,
    "zlib": zlib_stored,
    "lz4": lz4_literals,
    "lzo": lzo_literals,
    "brotli": brotli_stored,
}
_SUITS: dict[str, Callable[[ElementType], bool]] = {
    "byte_shuffle": lambda element_type: element_type.bits in (16, 32, 64),
    "bit_planes": lambda element_type: element_type.bits > 1,
    "float_planes": lambda element_type: element_type.name in ("f64", "f32", "f16", "bf16"),
    "split": lambda element_type: element_type.name in PARTITIONS,
}
# A chunk has a byte at least: a word of 1 in place of no word, which leaves the state as it begins.
_STATE_1 = b"\x01\x00"


def values_of(buffer: Buffer) -> Any:
    """The elements of a buffer that is not compressed."""
    return load(buffer, MemorySource())


def chunked(buffer: Buffer) -> Buffer:
    """In chunks of eight elements."""
    return in_chunks(values_of(buffer), buffer.element_type, 8).buffer if buffer.count else buffer


def filtered(name: str) -> Recode:
    """Rearranged by a filter where it suits the type."""

    def change(buffer: Buffer) -> Buffer:
        if not _SUITS[name](buffer.element_type):
            return buffer
        return encode_buffer(values_of(buffer), buffer.element_type, Packed("none", name))

    return change


def compressed(codec: str) -> Recode:
    """In a stream of a codec, which holds the bytes as they are."""

    def change(buffer: Buffer) -> Buffer:
        if not buffer.count:
            return replace(buffer, coding=Packed(codec))
        packed = bytes(Packed().encode(values_of(buffer), buffer.element_type))
        return payload(STREAMS[codec](packed), buffer.count, buffer.element_type, Packed(codec)).buffer

    return change


def entropy_coded(name: str, per_chunk: int | None = None) -> Recode:
    """By `rans` or `arithmetic` where they are for the type."""

    def change(buffer: Buffer) -> Buffer:
        element_type = buffer.element_type
        if element_type.bits > 32 or (element_type.is_float and not element_type.stored_as_bits):
            return buffer
        values = values_of(buffer)
        found: Any = ArithmeticCoding(columns=5) if name == "arithmetic" else _rans_of(values, element_type.maximum)
        stored = encode_buffer(values, element_type, found, elements_per_chunk=per_chunk)
        if not isinstance(stored.location, Payloads):
            return stored
        parts = tuple(bytes(part) or _STATE_1 for part in stored.location.parts)
        return replace(stored, location=replace(stored.location, parts=parts))

    return change


def _rans_of(values: Any, most: int) -> Any:
    """A coding with a symbol for each value from the least to the greatest, at least two: no payload is empty."""
    lowest, highest = (int(values.min()), int(values.max())) if values.size else (0, 0)
    if lowest == highest:
        lowest, highest = (lowest, highest + 1) if highest < most else (lowest - 1, highest)
    return coding([row([1 + j * 37 % 11 for j in range(highest - lowest + 1)])], lowest)


def split(buffer: Buffer) -> Buffer:
    """Floats of more than 7 bits as their parts."""
    element_type = buffer.element_type
    if not _SUITS["split"](element_type):
        return buffer
    leading, planes = PARTITIONS[element_type.name]
    bits = values_of(buffer).view(f"u{element_type.storage.itemsize}").tolist()
    parts = parts_of(bits, leading, planes)
    buffers = [
        encode_buffer(np.array(part, unsigned(width).storage), unsigned(width), Packed())
        for part, width in zip(parts, (leading, *planes), strict=True)
    ]
    return Buffer(element_type, buffer.count, SplitCoding(buffers[0], tuple(buffers[1:])), None)


WAYS: dict[str, Recode] = {
    "chunks": chunked,
    **{name.replace("_", "-"): filtered(name) for name in ("byte_shuffle", "bit_planes", "float_planes")},
    **{codec: compressed(codec) for codec in STREAMS},
    "rans": entropy_coded("rans"),
    "rans-chunks": entropy_coded("rans", 8),
    "arithmetic": entropy_coded("arithmetic"),
    "arithmetic-chunks": entropy_coded("arithmetic", 8),
    "split": split,
}
"""Every other way to store a buffer."""
