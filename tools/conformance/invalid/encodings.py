"""Affine and alias."""

from collections.abc import Callable, Iterable
from typing import Any

from qmodel.v1 import manifest_pb2
from tools.conformance.invalid.base import CORRUPT, OPEN, Change, changed, of, type_number
from tools.conformance.vector import Vector


def affine_cases() -> Iterable[Vector]:
    """Blocks, counts and types of affine."""

    def affine(change: Callable[[Any], object]) -> Change:
        return lambda m: change(of(m, "c").encoding.affine)

    def stored(part: str, element_type: str, data: bytes) -> Change:
        def change(message: manifest_pb2.Manifest) -> None:
            target = getattr(of(message, "c").encoding.affine, part).plain.buffer
            target.element_type, target.inline = type_number(element_type), data

        return change

    rank, length = "a block has a length for each axis", "a block is 1 to the axis long"
    for name, rule, change in (
        ("affine-block-rank", rank, affine(lambda a: a.block_shape.append(1))),
        ("affine-block-too-long", length, affine(lambda a: a.block_shape.__setitem__(1, 4))),
        ("affine-block-zero", length, affine(lambda a: a.block_shape.__setitem__(1, 0))),
        ("affine-block-of-0-d", rank, block_of_one),
        ("affine-scale-count", "one scale for each block", affine(lambda a: a.block_shape.__setitem__(1, 2))),
        ("affine-zero-count", "one zero point for each block", affine(one_zero_point)),
        ("affine-without-codes", "affine has codes", affine(lambda a: a.ClearField("codes"))),
        ("affine-without-scale", "affine has a scale", affine(lambda a: a.ClearField("scale"))),
        ("affine-codes-bool", "codes are numbers", stored("codes", "bool", bytes(1))),
        ("affine-codes-u64", "codes have at most 32 bits, or are floats", stored("codes", "u64", bytes(48))),
        ("affine-zero-s64", "zero points have at most 32 bits, or are floats", stored("zero_point", "s64", bytes(16))),
        ("affine-scale-integer", "a scale is a float", stored("scale", "u8", bytes(2))),
        ("affine-for-integers", "affine gives floats", lambda m: set_type(m, "c", "u8")),
        ("nesting-9", "a tree is at most 8 nodes deep", lambda m: nest(m, 8)),
    ):
        yield changed(name, CORRUPT, OPEN, rule, change)


def set_type(message: manifest_pb2.Manifest, name: str, element_type: str) -> None:
    """Give a tensor another element type."""
    of(message, name).element_type = type_number(element_type)


def block_of_one(message: manifest_pb2.Manifest) -> None:
    """A 0-d affine tensor with a block shape."""
    affine = of(message, "c").encoding.affine
    of(message, "c").shape[:] = []
    affine.ClearField("zero_point")
    affine.block_shape[:] = [1]
    affine.codes.plain.buffer.count, affine.codes.plain.buffer.inline = 1, b"\1"
    affine.scale.plain.buffer.count, affine.scale.plain.buffer.inline = 1, bytes(4)


def one_zero_point(affine: Any) -> None:
    """One zero point where two blocks are."""
    affine.zero_point.plain.buffer.count, affine.zero_point.plain.buffer.inline = 1, bytes(1)


def nest(message: manifest_pb2.Manifest, times: int) -> None:
    """Wrap the codes of tensor c into as many nodes."""
    encoding = of(message, "c").encoding
    scale = encoding.affine.scale.plain.buffer
    encoding.affine.ClearField("zero_point")
    encoding.affine.ClearField("block_shape")
    scale.count, scale.inline = 1, b"\0\0\x80\x3f"
    for _ in range(times - 1):
        outer = type(encoding)()
        outer.affine.codes.CopyFrom(encoding)
        outer.affine.scale.plain.buffer.CopyFrom(scale)
        encoding.CopyFrom(outer)


def alias_cases() -> Iterable[Vector]:
    """Aliases of what may not be aliased."""
    chain = "an alias refers to a tensor without an alias in its tree"

    def alias(name: str, target: str) -> Change:
        return lambda m: setattr(of(m, name).encoding.alias, "tensor", target)

    for name, rule, change in (
        ("alias-missing", "the tensor exists", alias("e", "nothing")),
        ("alias-of-nothing", "the tensor exists", alias("e", "")),
        ("alias-itself", chain, alias("e", "e")),
        ("alias-cycle", chain, alias("b", "e")),
        ("alias-of-alias", chain, alias_chain),
        ("alias-of-tree-with-alias", chain, alias_of_tree),
        ("alias-in-its-own-tree", chain, lambda m: setattr(of(m, "c").encoding.affine.codes.alias, "tensor", "c")),
        ("alias-other-shape", "the shapes are equal", lambda m: of(m, "e").shape.append(1)),
        ("alias-other-type", "the element types are equal", lambda m: set_type(m, "e", "f64")),
    ):
        yield changed(name, CORRUPT, OPEN, rule, change)


def alias_chain(message: manifest_pb2.Manifest) -> None:
    """A third tensor that refers to the alias."""
    message.tensors.add(name="f", shape=[5], element_type=type_number("f32")).encoding.alias.tensor = "e"


def alias_of_tree(message: manifest_pb2.Manifest) -> None:
    """Codes that are an alias, and an alias of their tensor."""
    of(message, "c").encoding.affine.codes.alias.tensor = "a"
    message.tensors.add(name="f", shape=[2, 3], element_type=type_number("f32")).encoding.alias.tensor = "c"
