"""hashed and delta."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from qmodel.v1 import encoding_pb2, manifest_pb2
from tools.conformance.draft import bases_entry
from tools.conformance.invalid.base import (
    CORRUPT,
    DECODE,
    LIMIT,
    OPEN,
    UNSUPPORTED,
    Change,
    changed,
    of,
    set_features,
    type_number,
)
from tools.conformance.valid.delta import MOST_DELTAS, deep_delta
from tools.conformance.vector import Vector

ADD, XOR = 1, 2


def reference_cases() -> Iterable[Vector]:
    """Numbers of buckets, digests, operations, types; bases that are not there."""
    for name, rule, change in (*hashed_rules(), *delta_rules()):
        yield changed(name, CORRUPT, OPEN, rule, change)
    limit = hashed(lambda tensor: tensor.shape.__setitem__(slice(None), [1 << 30, 1 << 20]))
    yield changed("hashed-huge", LIMIT, OPEN, "the array fits the limits, however few buckets there are", limit)
    missing = changed("delta-without-base", UNSUPPORTED, DECODE, "the base is there", delta(lambda _: None))
    yield missing
    yield replace(missing, name="delta-with-other-base", entry=missing.entry | bases_entry(("delta-base",)))
    ninth = deep_delta(MOST_DELTAS + 1)
    entry = {"kind": LIMIT, "at": DECODE, "rule": "at most 8 deltas are followed"} | bases_entry(ninth.bases)
    yield Vector("delta-9-deep", ninth.vector().data, entry)


def plain_child(child: encoding_pb2.Encoding, count: int, element_type: str, width: int) -> None:
    """A plain array of as many zeros."""
    child.Clear()
    buffer = child.plain.buffer
    buffer.element_type, buffer.count, buffer.inline = type_number(element_type), count, bytes(count * width)
    buffer.packed.SetInParent()


def only(kind: str, fill: Callable[[Any], None], change: Callable[[Any], object]) -> Change:
    """Leave one tensor, of shape (2, 3), make it a valid node of a kind, and break it."""

    def apply(message: manifest_pb2.Manifest) -> None:
        tensor = of(message, "c")
        tensor.encoding.Clear()
        fill(getattr(tensor.encoding, kind))
        set_features(message, sorted({"alias", kind}))
        change(tensor)

    return apply


def hashed(change: Callable[[Any], object]) -> Change:
    """Make a hashed of two buckets of f16, and break it."""

    def fill(node: encoding_pb2.Hashed) -> None:
        plain_child(node.buckets, 2, "f16", 2)
        node.bucket_count = 2

    return only("hashed", fill, change)


def delta(change: Callable[[Any], object]) -> Change:
    """Make an exclusive or of f32 against a base that nobody has, and break it."""

    def fill(node: encoding_pb2.Delta) -> None:
        node.base_digest, node.base_name, node.operation = bytes(32), "f32", XOR
        node.base_type = type_number("f32")  # type: ignore[assignment]
        plain_child(node.residual, 6, "u32", 4)

    return only("delta", fill, change)


def hashed_rules() -> Iterable[tuple[str, str, Change]]:
    """Names, rules and changes for hashed."""

    def node(change: Callable[[Any], object]) -> Change:
        return hashed(lambda tensor: change(tensor.encoding.hashed))

    count, signed = "there are 1 to 2^32 buckets", "buckets are floats with a sign"
    yield "hashed-bucket-count-zero", count, node(lambda inner: setattr(inner, "bucket_count", 0))
    yield "hashed-bucket-count-huge", count, node(lambda inner: setattr(inner, "bucket_count", (1 << 32) + 1))
    yield "hashed-bucket-count-other", "buckets are as many", node(lambda inner: setattr(inner, "bucket_count", 3))
    yield "hashed-buckets-s8", signed, node(lambda inner: plain_child(inner.buckets, 2, "s8", 1))
    yield "hashed-buckets-e8m0", signed, node(lambda inner: plain_child(inner.buckets, 2, "e8m0", 1))
    yield "hashed-without-buckets", "hashed has buckets", node(lambda inner: inner.ClearField("buckets"))


def delta_rules() -> Iterable[tuple[str, str, Change]]:
    """Names, rules and changes for delta."""

    def node(change: Callable[[Any], object]) -> Change:
        return delta(lambda tensor: change(tensor.encoding.delta))

    def add(base_type: str, residual_type: str, width: int) -> Change:
        def change(inner: encoding_pb2.Delta) -> None:
            inner.operation = ADD  # type: ignore[assignment]
            inner.base_type = type_number(base_type)  # type: ignore[assignment]
            plain_child(inner.residual, 6, residual_type, width)

        return node(change)

    digest, operation = "a digest has 32 bytes", "the operation is ADD or XOR"
    width, floats = "the residual of XOR is unsigned and as wide as the base", "ADD is of floats"
    yield "delta-digest-short", digest, node(lambda inner: setattr(inner, "base_digest", bytes(31)))
    yield "delta-digest-long", digest, node(lambda inner: setattr(inner, "base_digest", bytes(33)))
    yield (
        "delta-name-long",
        "the name has at most 1,024 bytes",
        node(lambda inner: setattr(inner, "base_name", "n" * 1025)),
    )
    yield "delta-operation-unspecified", operation, node(lambda inner: setattr(inner, "operation", 0))
    yield "delta-operation-unknown", operation, node(lambda inner: setattr(inner, "operation", 3))
    yield "delta-base-type-absent", "the base has an element type", node(lambda inner: inner.ClearField("base_type"))
    yield "delta-base-type-unknown", "the base has an element type", node(lambda i: setattr(i, "base_type", 133))
    yield "delta-xor-narrow", width, node(lambda inner: plain_child(inner.residual, 6, "u16", 2))
    yield "delta-xor-signed", width, node(lambda inner: plain_child(inner.residual, 6, "s32", 4))
    yield "delta-xor-count", "the residual has the shape", node(lambda inner: plain_child(inner.residual, 5, "u32", 4))
    yield "delta-add-integers", floats, add("s8", "s8", 1)
    yield "delta-add-integer-residual", floats, add("f32", "s8", 1)
    yield "delta-add-integer-base", floats, add("s32", "f32", 4)
    yield "delta-without-residual", "delta has a residual", node(lambda inner: inner.ClearField("residual"))
