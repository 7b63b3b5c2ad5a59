"""Codings and their messages.

A coding's fields have the names of its message's fields, as nodes have, so one conversion serves all but `packed`,
whose fields are names of numbers of the schema.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass
from functools import cache
from types import UnionType
from typing import Any, TypeAlias, get_args, get_origin, get_type_hints

from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper

from qmodel.buffers import Buffer, Coding, Packed
from qmodel.buffers.codecs import CODEC_NAMES
from qmodel.buffers.filters import FILTER_NAMES
from qmodel.errors import CorruptError
from qmodel.v1 import buffer_pb2
from qmodel.wire.features import unsupported

WriteBuffer: TypeAlias = Callable[[Buffer, Any], None]
ReadBuffer: TypeAlias = Callable[[Any], Buffer]


def coding_to_message(coding: Coding, message: Any, write_buffer: WriteBuffer, /) -> None:
    """Fill an empty message of the kind of a coding."""
    message.SetInParent()
    if isinstance(coding, Packed):
        message.filter = _number(buffer_pb2.Filter, "FILTER", coding.filter)
        message.codec = _number(buffer_pb2.ByteCodec, "BYTE_CODEC", coding.codec)
    else:
        _record_to_message(coding, message, write_buffer)


def coding_from_message(kind: type[Coding], message: Any, read_buffer: ReadBuffer, /) -> Coding:
    """The coding of a message of its kind.

    Raises:
        CorruptError: a value does not exist.
        UnsupportedError: a filter or codec is not implemented here.
    """
    if kind is Packed:
        return _packed(message.filter, message.codec)
    coding: Coding = _record_from_message(kind, message, read_buffer)
    return coding


def _record_to_message(record: Any, message: Any, write_buffer: WriteBuffer) -> None:
    for field in fields(record):
        value = getattr(record, field.name)
        if value is None:
            continue
        if isinstance(value, Buffer):
            write_buffer(value, getattr(message, field.name))
        elif is_dataclass(value):
            getattr(message, field.name).SetInParent()
            _record_to_message(value, getattr(message, field.name), write_buffer)
        elif not isinstance(value, tuple):
            setattr(message, field.name, value)
        else:
            _repeated_to_message(value, getattr(message, field.name), write_buffer)


def _repeated_to_message(values: tuple[Any, ...], target: Any, write_buffer: WriteBuffer) -> None:
    for value in values:
        if isinstance(value, Buffer):
            write_buffer(value, target.add())
        else:
            target.append(value)


def _record_from_message(kind: type, message: Any, read_buffer: ReadBuffer) -> Any:
    return kind(*[read(message, read_buffer) for read in _readers(kind)])


@cache
def _readers(kind: type) -> tuple[Callable[[Any, ReadBuffer], Any], ...]:
    hints = get_type_hints(kind)
    return tuple(_reader_of(field.name, hints[field.name]) for field in fields(kind))


def _reader_of(name: str, hint: Any) -> Callable[[Any, ReadBuffer], Any]:
    optional = get_origin(hint) is UnionType
    content = hint
    if optional:
        content = next(part for part in get_args(hint) if part is not type(None))
    if get_origin(content) is tuple:
        if get_args(content)[0] is Buffer:
            return lambda message, read_buffer: tuple(map(read_buffer, getattr(message, name)))
        return lambda message, _: tuple(getattr(message, name))
    held: type = content
    if held is not Buffer and not is_dataclass(held):
        return lambda message, _: getattr(message, name)

    def read(message: Any, read_buffer: ReadBuffer) -> Any:
        if not message.HasField(name):
            if optional:
                return None
            raise CorruptError(f"{message.DESCRIPTOR.name} without {name}")
        value = getattr(message, name)
        return read_buffer(value) if held is Buffer else _record_from_message(held, value, read_buffer)

    return read


@cache
def _packed(filter_number: int, codec_number: int) -> Packed:
    filter_name = _name(buffer_pb2.Filter, "FILTER", filter_number)
    codec = _name(buffer_pb2.ByteCodec, "BYTE_CODEC", codec_number)
    if codec not in CODEC_NAMES:
        raise unsupported("codec", codec)
    if filter_name not in FILTER_NAMES:
        raise unsupported("filter", filter_name)
    return Packed(codec, filter_name)


def _number(enum: EnumTypeWrapper, prefix: str, name: str) -> int:
    return enum.Value(f"{prefix}_{'UNSPECIFIED' if name == 'none' else name.upper()}")


def _name(enum: EnumTypeWrapper, prefix: str, number: int) -> str:
    if number not in enum.values():
        raise CorruptError(f"{enum.DESCRIPTOR.name} number {number} does not exist")
    name = enum.Name(number).removeprefix(f"{prefix}_").lower()
    return "none" if name == "unspecified" else name
