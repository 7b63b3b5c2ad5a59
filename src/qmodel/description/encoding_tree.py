"""A tensor's encoding as a tree of plain values: every node and buffer with its options and its size."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

from qmodel.buffers import Buffer
from qmodel.buffers.storage import stored_bytes
from qmodel.encodings import Node, PlainNode


def encoding_tree(node: Node, chunk_sizes: Sequence[int], /, *, role: str = "") -> dict[str, Any]:
    """The node and all below.

    Args:
        node: of a file.
        chunk_sizes: size in bytes of every chunk of the file.
        role: what the node is to the one above: the name of its field.

    Returns:
        `role`; `kind` of the node, or `buffer`; `options`, the fields that are neither nodes nor buffers, by name;
        `dtype`, `count` and `coding` where there is one buffer; `stored_bytes`, those below included; `parts`.
    """
    if isinstance(node, PlainNode):
        return _buffer_tree(node.buffer, chunk_sizes, role) | {"kind": node.kind}
    options, parts = {}, []
    for name, value in _members(node):
        if isinstance(value, Node):
            parts.append(encoding_tree(value, chunk_sizes, role=name))
        elif isinstance(value, Buffer):
            parts.append(_buffer_tree(value, chunk_sizes, name))
        elif value not in (None, ()):
            options[name] = _option(value)
    stored = sum(part["stored_bytes"] for part in parts)
    return {"role": role, "kind": node.kind, "options": options, "stored_bytes": stored, "parts": parts}


def _members(node: Node) -> Iterator[tuple[str, object]]:
    """The fields; a repeated node once for each, with its number."""
    for field in fields(node):  # type: ignore[arg-type]  # every concrete node is a dataclass
        value = getattr(node, field.name)
        if isinstance(value, tuple) and any(isinstance(item, Node) for item in value):
            yield from ((f"{field.name}[{number}]", item) for number, item in enumerate(value))
        else:
            yield field.name, value


def _buffer_tree(buffer: Buffer, chunk_sizes: Sequence[int], role: str) -> dict[str, Any]:
    return {
        "role": role,
        "kind": "buffer",
        "options": {},
        "dtype": str(buffer.element_type),
        "count": buffer.count,
        "coding": str(buffer.coding),
        "stored_bytes": stored_bytes(buffer, chunk_sizes),
        "parts": [],
    }


def _option(value: object) -> Any:
    """As JSON can spell it."""
    if is_dataclass(value):
        return {field.name: _option(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple):
        return [_option(item) for item in value]
    if isinstance(value, bytes):
        return value.hex()
    return value if isinstance(value, bool | int | float | str) else str(value)
