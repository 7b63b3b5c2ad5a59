"""Shapes, element types, the tree, conversions."""

from collections.abc import Iterable, Sequence
from functools import partial

import numpy as np

from qmodel.v1 import manifest_pb2
from tools.conformance.invalid.base import CORRUPT, OPEN, buffer, changed, of, type_number
from tools.conformance.vector import Vector


def tensor_cases() -> Iterable[Vector]:
    """Shapes, element types, the tree, conversions."""
    for name, rule, change in (
        ("shape-33-axes", "at most 32 axes", lambda m: of(m, "a").shape.extend([1] * 31)),
        ("shape-too-many-elements", "at most 2^60 - 1 elements", lambda m: set_shape(m, [1 << 32, 1 << 32])),
        ("shape-empty-but-huge", "2^60 - 1 also with 0 counted as 1", lambda m: set_shape(m, [0, 1 << 61])),
        ("element-type-missing", "a tensor has an element type", lambda m: of(m, "a").ClearField("element_type")),
        ("element-type-unknown", "a number of the schema", lambda m: setattr(of(m, "a"), "element_type", 133)),
        ("element-type-negative", "a number of the schema", lambda m: setattr(of(m, "a"), "element_type", -1)),
        ("encoding-missing", "a tensor has an encoding", lambda m: of(m, "a").ClearField("encoding")),
        ("encoding-without-node", "an encoding has a node", lambda m: of(m, "a").encoding.ClearField("plain")),
        ("plain-without-buffer", "plain has a buffer", lambda m: of(m, "a").encoding.plain.ClearField("buffer")),
        ("count-wrong", "a buffer has the elements of its array", lambda m: setattr(buffer(m, "a"), "count", 5)),
        ("count-huge", "a buffer has the elements of its array", lambda m: setattr(buffer(m, "a"), "count", 2**64 - 1)),
    ):
        yield changed(name, CORRUPT, OPEN, rule, change)
    for stored, size, declared in (
        ("f32", 24, "u8"),
        ("u8", 6, "f32"),
        ("u8", 6, "u7"),
        ("s8", 6, "u16"),
        ("u8", 6, "s8"),
        ("bool", 1, "u1"),
        ("u1", 1, "bool"),
        ("f32", 24, "e8m0"),
        ("f32", 24, "f8e4m3"),
        ("f16", 12, "f4e2m1"),
    ):
        change = partial(set_types, stored=stored, size=size, declared=declared)
        yield changed(f"stored-{stored}-as-{declared}", CORRUPT, OPEN, "a file may not imply this conversion", change)


def set_shape(message: manifest_pb2.Manifest, shape: Sequence[int]) -> None:
    """Give tensor a a shape, and no payload when it is empty."""
    of(message, "a").shape[:] = shape
    of(message, "a").element_type = type_number("f32")
    stored = buffer(message, "a")
    stored.element_type = type_number("f32")
    stored.count = min(int(np.prod(shape, dtype=object)), (1 << 64) - 1)
    if not stored.count:
        stored.ClearField("inline")


def set_types(message: manifest_pb2.Manifest, stored: str, size: int, declared: str) -> None:
    """Store zeros of one type for tensor a of another."""
    of(message, "a").element_type = type_number(declared)
    buffer(message, "a").element_type = type_number(stored)
    buffer(message, "a").inline = bytes(size)
