"""Nodes and the message `Encoding`.

A node's fields have the names of its message's fields, so one conversion serves every node: what a field is follows
from its annotation.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import cache
from operator import attrgetter
from types import UnionType
from typing import Any, TypeAlias, get_args, get_origin, get_type_hints

from qmodel.buffers import Buffer
from qmodel.dtypes import ElementType
from qmodel.encodings import NODES, Node
from qmodel.errors import CorruptError
from qmodel.limits import MAX_NESTING
from qmodel.v1 import encoding_pb2
from qmodel.wire.buffer import buffer_from_message, buffer_to_message
from qmodel.wire.element_type import element_type_number, element_type_of
from qmodel.wire.features import unsupported

Reader: TypeAlias = Callable[[Any, int], Any]


@dataclass(frozen=True, slots=True)
class _Field:
    """What the conversion must know of one field of a node."""

    name: str
    content: type
    repeated: bool
    required: bool


def node_to_message(node: Node, message: encoding_pb2.Encoding, /) -> None:
    """Fill an empty message with a node and all below it."""
    inner = getattr(message, node.kind)
    inner.SetInParent()
    for field in _fields(type(node)):
        value = getattr(node, field.name)
        if value is not None:
            _write(inner, field, value)


def node_from_message(message: encoding_pb2.Encoding, depth: int = 1, /) -> Node:
    """The node of a message.

    Raises:
        CorruptError: a part is missing, or the tree is too deep.
        UnsupportedError: an encoding or coding has no codec here.
    """
    if depth > MAX_NESTING:
        raise CorruptError(f"encodings nested deeper than {MAX_NESTING}")
    kind = message.WhichOneof("node")
    if kind is None:
        raise CorruptError("encoding without a node")
    node_class = NODES.get(kind)
    if node_class is None:
        raise unsupported("encoding", kind)
    inner = getattr(message, kind)
    return node_class(*[read(inner, depth) for read in _readers(node_class)])


def encoded_size(node: Node, /) -> int:
    """Bytes that a node and all below it take in a manifest, without the chunks they refer to."""
    message = encoding_pb2.Encoding()
    node_to_message(node, message)
    return message.ByteSize()


def _write(message: Any, field: _Field, value: Any) -> None:
    target = getattr(message, field.name)
    if field.repeated and not issubclass(field.content, Node):
        target.extend(value)
    elif field.content is Buffer:
        buffer_to_message(value, target)
    elif issubclass(field.content, Node):
        for node in value if field.repeated else (value,):
            node_to_message(node, target.add() if field.repeated else target)
    elif field.content is ElementType:
        setattr(message, field.name, element_type_number(value))
    else:
        setattr(message, field.name, value)


@cache
def _readers(node_class: type[Node]) -> tuple[Reader, ...]:
    """For each field of a node, in order, what reads it: made once, since opening a file reads thousands."""
    return tuple(_reader_of(field) for field in _fields(node_class))


def _reader_of(field: _Field) -> Reader:
    value_of = attrgetter(field.name)
    if field.content is ElementType:
        return lambda message, _: element_type_of(value_of(message))
    if field.content not in (Node, Buffer):
        return (
            (lambda message, _: tuple(value_of(message))) if field.repeated else (lambda message, _: value_of(message))
        )
    if field.repeated:
        return lambda message, depth: tuple(node_from_message(item, depth + 1) for item in value_of(message))

    def read(message: Any, depth: int) -> Any:
        if not message.HasField(field.name):
            if field.required:
                raise CorruptError(f"{message.DESCRIPTOR.name} without {field.name}")
            return None
        value = value_of(message)
        return node_from_message(value, depth + 1) if field.content is Node else buffer_from_message(value)

    return read


@cache
def _fields(node_class: type[Node]) -> tuple[_Field, ...]:
    hints = get_type_hints(node_class)
    described = []
    for field in fields(node_class):  # type: ignore[arg-type]  # every concrete node is a dataclass
        hint = hints[field.name]
        optional = get_origin(hint) is UnionType
        if optional:
            hint = next(part for part in get_args(hint) if part is not type(None))
        repeated = get_origin(hint) is tuple
        content = get_args(hint)[0] if repeated else hint
        described.append(_Field(field.name, content, repeated, required=not optional))
    return tuple(described)
