"""Buffers and the message `Buffer`."""

from __future__ import annotations

from qmodel.buffers import CODINGS, Buffer, Chunks, Inline
from qmodel.errors import CorruptError
from qmodel.v1 import buffer_pb2
from qmodel.wire.coding import coding_from_message, coding_to_message
from qmodel.wire.element_type import element_type_number, element_type_of
from qmodel.wire.features import unsupported

# A coding holds buffers, whose codings may hold buffers: a tree of codings is at most so deep.
_MAX_NESTING = 4


def buffer_to_message(buffer: Buffer, message: buffer_pb2.Buffer, /) -> None:
    """Fill an empty message with a buffer whose payload is inline or in chunks."""
    message.element_type = element_type_number(buffer.element_type)  # type: ignore[assignment]
    message.count = buffer.count
    coding_to_message(buffer.coding, getattr(message, buffer.coding.kind), buffer_to_message)
    if isinstance(buffer.location, Inline):
        message.inline = buffer.location.data
    elif isinstance(buffer.location, Chunks):
        message.chunks.index.extend(buffer.location.indices)
        message.chunks.elements_per_chunk = buffer.location.elements_per_chunk
    elif buffer.location is not None:
        raise TypeError("a buffer must be written before its message is made")


def buffer_from_message(message: buffer_pb2.Buffer, depth: int = 1, /) -> Buffer:
    """The buffer of a message.

    Raises:
        CorruptError: a part is missing or its value does not exist, or codings are nested too deep.
        UnsupportedError: the coding, filter or codec is not implemented here.
    """
    if depth > _MAX_NESTING:
        raise CorruptError(f"codings nested deeper than {_MAX_NESTING}")
    kind = message.WhichOneof("coding")
    if kind is None:
        raise CorruptError("buffer without a coding")
    coding_class = CODINGS.get(kind)
    if coding_class is None:
        raise unsupported("coding", kind)
    coding = coding_from_message(
        coding_class, getattr(message, kind), lambda part: buffer_from_message(part, depth + 1)
    )
    return Buffer(element_type_of(message.element_type), message.count, coding, _location_of(message))


def _location_of(message: buffer_pb2.Buffer) -> Inline | Chunks | None:
    location = message.WhichOneof("location")
    if location == "inline":
        return Inline(message.inline)
    if location == "chunks":
        return Chunks(tuple(message.chunks.index), message.chunks.elements_per_chunk)
    return None
