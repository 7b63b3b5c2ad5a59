"""Buffers and the message `Buffer`."""

from __future__ import annotations

from functools import cache

from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper

from qmodel.buffers import Buffer, Chunks, Inline, Packed
from qmodel.buffers.codecs import CODEC_NAMES
from qmodel.buffers.packed import FILTER_NAMES
from qmodel.errors import CorruptError
from qmodel.v1 import buffer_pb2
from qmodel.wire.element_type import element_type_number, element_type_of
from qmodel.wire.features import unsupported


def buffer_to_message(buffer: Buffer, message: buffer_pb2.Buffer, /) -> None:
    """Fill an empty message with a buffer whose payload is inline or in chunks."""
    message.element_type = element_type_number(buffer.element_type)  # type: ignore[assignment]
    message.count = buffer.count
    if not isinstance(buffer.coding, Packed):
        raise unsupported("coding", buffer.coding.kind)
    message.packed.SetInParent()
    message.packed.filter = _number(buffer_pb2.Filter, "FILTER", buffer.coding.filter)  # type: ignore[assignment]
    message.packed.codec = _number(buffer_pb2.ByteCodec, "BYTE_CODEC", buffer.coding.codec)  # type: ignore[assignment]
    if isinstance(buffer.location, Inline):
        message.inline = buffer.location.data
    elif isinstance(buffer.location, Chunks):
        message.chunks.index.extend(buffer.location.indices)
        message.chunks.elements_per_chunk = buffer.location.elements_per_chunk
    elif buffer.location is not None:
        raise TypeError("a buffer must be written before its message is made")


def buffer_from_message(message: buffer_pb2.Buffer, /) -> Buffer:
    """The buffer of a message.

    Raises:
        CorruptError: a part is missing or its value does not exist.
        UnsupportedError: the coding, filter or codec is not implemented here.
    """
    coding = message.WhichOneof("coding")
    if coding is None:
        raise CorruptError("buffer without a coding")
    if coding != "packed":
        raise unsupported("coding", coding)
    packed = _packed(message.packed.filter, message.packed.codec)
    return Buffer(element_type_of(message.element_type), message.count, packed, _location_of(message))


@cache
def _packed(filter_number: int, codec_number: int) -> Packed:
    filter_name = _name(buffer_pb2.Filter, "FILTER", filter_number)
    codec = _name(buffer_pb2.ByteCodec, "BYTE_CODEC", codec_number)
    if codec not in CODEC_NAMES:
        raise unsupported("codec", codec)
    if filter_name not in FILTER_NAMES:
        raise unsupported("filter", filter_name)
    return Packed(codec, filter_name)


def _location_of(message: buffer_pb2.Buffer) -> Inline | Chunks | None:
    location = message.WhichOneof("location")
    if location == "inline":
        return Inline(message.inline)
    if location == "chunks":
        return Chunks(tuple(message.chunks.index), message.chunks.elements_per_chunk)
    return None


def _number(enum: EnumTypeWrapper, prefix: str, name: str) -> int:
    return enum.Value(f"{prefix}_{'UNSPECIFIED' if name == 'none' else name.upper()}")


def _name(enum: EnumTypeWrapper, prefix: str, number: int) -> str:
    if number not in enum.values():
        raise CorruptError(f"{enum.DESCRIPTOR.name} number {number} does not exist")
    name = enum.Name(number).removeprefix(f"{prefix}_").lower()
    return "none" if name == "unspecified" else name
