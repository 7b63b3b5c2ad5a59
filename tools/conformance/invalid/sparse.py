"""Sparse arrays whose pattern, counts and types contradict each other."""

from collections.abc import Callable, Iterable
from typing import Any

from tools.conformance.invalid.base import CORRUPT, DECODE, LIMIT, OPEN, Change, changed, of, set_features, type_number
from tools.conformance.vector import Vector


def sparse_cases() -> Iterable[Vector]:
    """Sparse arrays whose pattern, counts and types contradict each other."""
    one = "exactly one pattern is present"
    for name, rule, change in (
        ("sparse-without-pattern", one, by_bitmap(lambda s: s.ClearField("bitmap"))),
        ("sparse-empty-without-pattern", one, empty),
        ("sparse-two-patterns", one, by_bitmap(lambda s: gaps_into(s, "u2", b"\x08"))),
        ("sparse-without-values", "sparse has values", by_bitmap(lambda s: s.ClearField("values"))),
        ("sparse-values-count", "there are kept values", by_bitmap(lambda s: fill(s.values.plain.buffer, "u8", 3, 3))),
        ("sparse-values-e8m0", "e8m0 has no zero", by_bitmap(lambda s: fill(s.values.plain.buffer, "e8m0", 2, 2))),
        ("sparse-kept-too-many", "kept is at most the size", by_bitmap(lambda s: setattr(s, "kept", 7))),
        ("sparse-bitmap-u1", "a bitmap is bool", by_bitmap(lambda s: fill(s.bitmap, "u1", 6, 1))),
        (
            "sparse-bitmap-count",
            "a bitmap has a bit for each element",
            by_bitmap(lambda s: fill(s.bitmap, "bool", 7, 1)),
        ),
        ("sparse-bitmap-with-n", "n is 0 without positions", by_bitmap(lambda s: setattr(s, "n", 1))),
        ("sparse-gaps-with-m", "m is 0 without positions", by_gaps(lambda s: setattr(s, "m", 2))),
        ("sparse-gaps-signed", "gaps are unsigned", by_gaps(lambda s: fill(s.gaps, "s2", 2, 1))),
        ("sparse-gaps-count", "there are kept gaps", by_gaps(lambda s: fill(s.gaps, "u2", 3, 1))),
        ("sparse-places-float", "positions are unsigned", by_places(lambda s: fill(s.positions, "f8e4m3", 2, 2))),
        ("sparse-places-count", "there are n places a group", by_places(lambda s: fill(s.positions, "u2", 3, 1))),
        ("sparse-n-0", "n is at least 1", by_places(lambda s: setattr(s, "n", 0))),
        ("sparse-n-above-m", "n is at most m", by_places(lambda s: setattr(s, "n", 4))),
        ("sparse-m-1", "m is at least 2", by_places(lambda s: (setattr(s, "m", 1), setattr(s, "n", 1)))),
        ("sparse-m-65", "m is at most 64", long_groups),
        ("sparse-m-does-not-divide", "m divides the last axis", by_places(lambda s: setattr(s, "m", 2))),
        ("sparse-places-of-0-d", "n:m needs an axis", places_of_one),
        ("sparse-kept-of-groups", "kept is n of each m", by_places(lambda s: setattr(s, "n", 2))),
    ):
        yield changed(name, CORRUPT, OPEN, rule, change)
    ascend = "places of a group ascend strictly"
    for name, rule, change in (
        ("sparse-bitmap-more", "kept bits are set", by_bitmap(lambda s: inline(s.bitmap, b"\x13"))),
        ("sparse-bitmap-fewer", "kept bits are set", by_bitmap(lambda s: inline(s.bitmap, b"\x10"))),
        ("sparse-gaps-beyond", "the last position is below the size", by_gaps(lambda s: inline(s.gaps, b"\x0f"))),
        ("sparse-gaps-wrap", "sums do not wrap around", by_gaps(wrapping)),
        ("sparse-places-equal", ascend, by_places(lambda s: (setattr(s, "n", 2), four_places(s, b"\x90")))),
        ("sparse-places-descend", ascend, by_places(lambda s: (setattr(s, "n", 2), four_places(s, b"\x91")))),
        ("sparse-place-is-m", "a place is below m", by_places(lambda s: inline(s.positions, b"\x0c"))),
    ):
        yield changed(name, CORRUPT, DECODE, rule, change)
    yield changed("sparse-large", LIMIT, OPEN, "the result fits the limit", large, limits={"max_tensor_bytes": 1 << 20})


def sparse(change: Callable[[Any], object], pattern: Callable[[Any], object]) -> Change:
    """Tensor a, of u8 and shape (2, 3), becomes sparse, and is changed then."""

    def use(message: Any) -> None:
        set_features(message, ["affine", "alias", "sparse"])
        node = of(message, "a").encoding.sparse
        node.kept = 2
        fill(node.values.plain.buffer, "u8", 2, 2)
        pattern(node)
        change(node)

    return use


def by_bitmap(change: Callable[[Any], object]) -> Change:
    """A bitmap that keeps positions 0 and 4, changed."""
    return sparse(change, lambda node: (fill(node.bitmap, "bool", 6, 1), inline(node.bitmap, b"\x11")))


def by_gaps(change: Callable[[Any], object]) -> Change:
    """Gaps 0 and 2, changed."""
    return sparse(change, lambda node: gaps_into(node, "u2", b"\x08"))


def by_places(change: Callable[[Any], object]) -> Change:
    """1:3 with places 0 and 1, changed."""

    def places(node: Any) -> None:
        node.n, node.m = 1, 3
        fill(node.positions, "u2", 2, 1)
        inline(node.positions, b"\x04")

    return sparse(change, places)


def fill(buffer: Any, element_type: str, count: int, size: int) -> None:
    """A buffer of `count` elements whose payload is `size` zeros."""
    buffer.element_type, buffer.count = type_number(element_type), count
    buffer.packed.SetInParent()
    buffer.inline = bytes(size)


def inline(buffer: Any, payload: bytes) -> None:
    """Replace a payload."""
    buffer.inline = payload


def gaps_into(node: Any, element_type: str, payload: bytes) -> None:
    """Two gaps."""
    fill(node.gaps, element_type, 2, len(payload))
    inline(node.gaps, payload)


def wrapping(node: Any) -> None:
    """Four gaps of 2^62, whose positions are small modulo 2^64."""
    node.kept = 4
    fill(node.values.plain.buffer, "u8", 4, 4)
    fill(node.gaps, "u64", 4, 32)
    inline(node.gaps, (2**62).to_bytes(8, "little") * 4)


def four_places(node: Any, payload: bytes) -> None:
    """Two places in each of two groups."""
    node.kept = 4
    fill(node.values.plain.buffer, "u8", 4, 4)
    fill(node.positions, "u2", 4, 1)
    inline(node.positions, payload)


def empty(message: Any) -> None:
    """An empty array that says nothing about its pattern."""
    by_bitmap(lambda node: node.ClearField("bitmap"))(message)
    tensor = of(message, "a")
    tensor.shape[:] = [0]
    buffer = tensor.encoding.sparse.values.plain.buffer
    tensor.encoding.sparse.kept, buffer.count = 0, 0
    buffer.ClearField("inline")


def long_groups(message: Any) -> None:
    """Groups of 65."""
    by_places(lambda node: setattr(node, "m", 65))(message)
    of(message, "a").shape[:] = [2, 65]


def places_of_one(message: Any) -> None:
    """One place in an array without axes."""
    by_places(lambda node: setattr(node, "kept", 1))(message)
    tensor = of(message, "a")
    tensor.shape[:] = []
    fill(tensor.encoding.sparse.values.plain.buffer, "u8", 1, 1)
    fill(tensor.encoding.sparse.positions, "u2", 1, 1)


def large(message: Any) -> None:
    """A mebibyte and a byte of zeros, in few bytes."""
    by_gaps(lambda node: None)(message)
    of(message, "a").shape[:] = [(1 << 20) + 1]
