"""Attributes of the type that ONNX gives them."""

from __future__ import annotations

from qmodel.errors import GraphError
from qmodel.graph import Node


def integer(node: Node, name: str, default: int, /) -> int:
    """An attribute of type INT.

    Raises:
        GraphError: it has another type.
    """
    value = node.attributes.get(name, default)
    if not isinstance(value, int):
        raise GraphError(f"{node}: attribute {name!r} must be an INT, got {value!r}")
    return value


def number(node: Node, name: str, default: float, /) -> float:
    """An attribute of type FLOAT; raises as `integer` does."""
    value = node.attributes.get(name, default)
    if not isinstance(value, float):
        raise GraphError(f"{node}: attribute {name!r} must be a FLOAT, got {value!r}")
    return value


def integer_list(node: Node, name: str, /) -> tuple[int, ...]:
    """An attribute of type INTS, empty when it is not given; raises as `integer` does."""
    value = node.attributes.get(name, ())
    if not isinstance(value, tuple) or not all(isinstance(entry, int) for entry in value):
        raise GraphError(f"{node}: attribute {name!r} must be INTS, got {value!r}")
    return tuple(entry for entry in value if isinstance(entry, int))


def text(node: Node, name: str, default: str, /) -> str:
    """An attribute of type STRING that is ASCII; raises as `integer` does."""
    value = node.attributes.get(name, default.encode())
    if not isinstance(value, bytes) or not value.isascii():
        raise GraphError(f"{node}: attribute {name!r} must be a STRING, got {value!r}")
    return value.decode()
