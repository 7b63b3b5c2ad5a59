"""Codebooks whose counts, types and indices contradict each other."""

from collections.abc import Callable, Iterable
from typing import Any

from tools.conformance.invalid.base import CORRUPT, DECODE, LIMIT, OPEN, Change, changed, of, set_features, type_number
from tools.conformance.vector import Vector


def codebook_cases() -> Iterable[Vector]:
    """Codebooks whose counts, types and indices contradict each other."""
    one_to_16, counts = "indices are u1 to u16", "there is an index for each vector"
    for name, rule, change in (
        ("codebook-without-indices", "codebook has indices", lambda c: c.ClearField("indices")),
        ("codebook-without-entries", "codebook has entries", lambda c: c.ClearField("entries")),
        ("codebook-indices-signed", one_to_16, lambda c: fill(c.indices, "s2", 6, 2)),
        ("codebook-indices-bool", one_to_16, lambda c: fill(c.indices, "bool", 6, 1)),
        ("codebook-indices-u17", one_to_16, lambda c: fill(c.indices, "u17", 6, 13)),
        ("codebook-indices-count", counts, lambda c: fill(c.indices, "u2", 5, 2)),
        ("codebook-indices-of-vectors", counts, vectors_of_3),
        ("codebook-entries-count", "entries have a shape", lambda c: fill(c.entries.plain.buffer, "u8", 7, 7)),
        ("codebook-no-entries", "a palette has an entry", lambda c: setattr(c, "entry_count", 0)),
        ("codebook-65537-entries", "a palette has at most 65536 entries", too_many_entries),
        ("codebook-vector-length-0", "a vector has an element", lambda c: setattr(c, "vector_length", 0)),
        ("codebook-no-groups", "there is a group", lambda c: setattr(c, "groups", 0)),
        ("codebook-groups-uneven", "groups are equal", uneven_groups),
        ("codebook-groups-huge", "groups are equal", lambda c: setattr(c, "groups", 2**64 - 1)),
    ):
        yield changed(name, CORRUPT, OPEN, rule, codebook(change))
    whole = "the last axis is a multiple of the vector length"
    for name, rule, shape, length in (
        ("codebook-vectors-cross-rows", whole, (2, 3), 2),
        ("codebook-vectors-of-0-d", "vectors need an axis", (), 2),
        ("codebook-vectors-of-65", "a vector has at most 64 elements", (65,), 65),
    ):
        yield changed(name, CORRUPT, OPEN, rule, vectors(shape, length))
    yield changed("codebook-empty-huge-entries", CORRUPT, OPEN, "entries have a shape", empty_with_huge_entries)
    most = "palettes have at most 2^60 − 1 elements"
    yield changed("codebook-empty-2-60-elements", CORRUPT, OPEN, most, empty_with_2_60_elements)
    below = "an index is below the number of entries"
    yield changed("codebook-index-beyond", CORRUPT, DECODE, below, codebook(lambda c: inline(c.indices, b"\x30\x00")))
    yield changed(
        "codebook-index-in-another-group", CORRUPT, DECODE, below, codebook(lambda c: inline(c.indices, b"\x03\x00"))
    )
    limits = {"max_tensor_bytes": 1 << 20}
    yield changed("codebook-large", LIMIT, OPEN, "the result fits the limit", large, limits=limits)


def codebook(change: Callable[[Any], object]) -> Change:
    """Tensor a, of u8 and shape (2, 3), becomes two palettes of three numbers, and is changed then."""

    def use(message: Any) -> None:
        set_features(message, ["affine", "alias", "codebook"])
        node = of(message, "a").encoding.codebook
        fill(node.indices, "u2", 6, 2)
        fill(node.entries.plain.buffer, "u8", 6, 6)
        node.vector_length, node.groups, node.entry_count = 1, 2, 3
        change(node)

    return use


def fill(buffer: Any, element_type: str, count: int, size: int) -> None:
    """A buffer of `count` elements whose payload is `size` zeros."""
    buffer.element_type, buffer.count = type_number(element_type), count
    buffer.packed.SetInParent()
    buffer.inline = bytes(size)


def inline(buffer: Any, payload: bytes) -> None:
    """Replace a payload."""
    buffer.inline = payload


def vectors_of_3(node: Any) -> None:
    """An index for each number where there is one for three."""
    node.vector_length = 3
    fill(node.entries.plain.buffer, "u8", 18, 18)


def too_many_entries(node: Any) -> None:
    """One entry more than 16 bits reach, all alike in few bytes."""
    node.entry_count, node.groups = 65537, 1
    node.entries.sparse.gaps.SetInParent()
    fill(node.entries.sparse.gaps, "u8", 0, 0)
    node.entries.sparse.gaps.ClearField("inline")
    fill(node.entries.sparse.values.plain.buffer, "u8", 0, 0)
    node.entries.sparse.values.plain.buffer.ClearField("inline")


def uneven_groups(node: Any) -> None:
    """Four palettes for six numbers."""
    node.groups = 4
    fill(node.entries.plain.buffer, "u8", 12, 12)


def vectors(shape: tuple[int, ...], length: int) -> Change:
    """An array of a shape, of one vector as far as whole ones fit."""

    def use(message: Any) -> None:
        def whole(node: Any) -> None:
            node.vector_length, node.groups = length, 1
            size = 6 if shape == (2, 3) else length
            fill(node.indices, "u2", size // length, 1)
            fill(node.entries.plain.buffer, "u8", 3 * length, 3 * length)

        codebook(whole)(message)
        of(message, "a").shape[:] = shape

    return use


def empty_with_huge_entries(message: Any) -> None:
    """No elements, and 2^63 palettes that the file does not hold."""

    def huge(node: Any) -> None:
        node.groups = 2**63
        fill(node.indices, "u2", 0, 0)
        node.indices.ClearField("inline")

    codebook(huge)(message)
    of(message, "a").shape[:] = [0, 3]


def empty_with_2_60_elements(message: Any) -> None:
    """No elements, and palettes of 2^60, as many as their buffer says that it holds."""

    def huge(node: Any) -> None:
        node.groups, node.entry_count = 2**44, 2**16
        fill(node.indices, "u2", 0, 0)
        node.indices.ClearField("inline")
        node.entries.plain.buffer.count = 2**60

    codebook(huge)(message)
    of(message, "a").shape[:] = [0, 3]


def large(message: Any) -> None:
    """More than a mebibyte, of one vector of f64 and indices in few bytes."""

    def long(node: Any) -> None:
        node.groups, node.entry_count, node.vector_length = 1, 1, 64
        fill(node.indices, "u1", 4096, 512)
        fill(node.entries.plain.buffer, "f64", 64, 512)

    codebook(long)(message)
    tensor = of(message, "a")
    tensor.shape[:] = [1 << 18]
    tensor.element_type = type_number("f64")
