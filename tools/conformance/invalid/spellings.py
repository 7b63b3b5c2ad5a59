"""Manifests that parsers read and no serializer writes, and fields of a newer version that change what a file means."""

from collections.abc import Iterable

from qmodel.v1 import manifest_pb2
from tools.conformance.invalid.base import (
    CORRUPT,
    NON_CANONICAL,
    OPEN,
    UNSUPPORTED,
    Change,
    buffer,
    changed,
    of,
    rewritten,
    set_features,
    type_number,
)
from tools.conformance.vector import Vector

SHAPE, NAME = b"\x12\x02\x02\x03", b"\x0a\x01a"  # of the first tensor
VERSION = b"\x08\x01"


def spelling_cases() -> Iterable[Vector]:
    """All of them."""
    canonical = "one canonical serialization"
    for name, before, after in (
        ("tag-overlong", VERSION, b"\x88\x00\x01"),
        ("varint-of-10-bytes", VERSION, b"\x08\x81" + b"\x80" * 8 + b"\x00"),
        ("varint-beyond-32-bits", VERSION, b"\x08\x81\x80\x80\x80\x10"),
        ("text-empty-written", VERSION, VERSION + b"\x22\x00"),
        ("packed-in-two", SHAPE, b"\x12\x01\x02\x12\x01\x03"),
        ("packed-overlong", SHAPE, b"\x12\x03\x82\x00\x03"),
        ("fields-of-tensor-order", NAME + SHAPE, SHAPE + NAME),
        ("enum-of-5-bytes", SHAPE + b"\x18\x6c", SHAPE + b"\x18\xec\x80\x80\x80\x00"),
    ):
        yield spelled(name, NON_CANONICAL, canonical, before, after)
    unknown, broken = "no unknown fields in version 1.0", "a protobuf message"
    for name, added in (("other-wire-type", b"\x25\x01\x00\x00\x00"), ("group", b"\xa3\x06\x08\x01\xa4\x06")):
        yield rewritten(f"manifest-{name}", CORRUPT, OPEN, unknown, lambda manifest, added=added: manifest + added)
    for name, rule, before, after in (
        ("field-0", broken, VERSION, VERSION + b"\x02\x00"),
        ("group-without-end", broken, VERSION, VERSION + b"\xa3\x06"),
        ("end-without-group", broken, VERSION, VERSION + b"\xa4\x06"),
        ("varint-of-11-bytes", broken, VERSION, b"\x08" + b"\x81" + b"\x80" * 9 + b"\x00"),
        ("wire-type-7", broken, VERSION, VERSION + b"\xa7\x06"),
    ):
        yield spelled(name, CORRUPT, rule, before, after)
    yield changed("manifest-element-type-0", CORRUPT, OPEN, "a number of the schema other than 0", no_type)
    yield from newer_cases()


def spelled(name: str, kind: str, rule: str, before: bytes, after: bytes) -> Vector:
    """The manifest with some bytes in place of others; the message around them grows."""

    def rewrite(manifest: bytes) -> bytes:
        if before == VERSION:
            return after + manifest.removeprefix(VERSION)
        start = manifest.index(NAME + SHAPE) - 2  # the tag and the size of the tensor
        size = manifest[start + 1]
        tensor = manifest[start + 2 : start + 2 + size].replace(before, after, 1)
        if len(tensor) > 127 or tensor == manifest[start + 2 : start + 2 + size]:
            raise ValueError(f"{name}: the first tensor is another than was thought")
        return manifest[:start] + bytes((0x32, len(tensor))) + tensor + manifest[start + 2 + size :]

    return rewritten(f"manifest-{name}", kind, OPEN, rule, rewrite)


def no_type(message: manifest_pb2.Manifest) -> None:
    """A tensor and a buffer without an element type."""
    of(message, "a").ClearField("element_type")
    buffer(message, "a").ClearField("element_type")


def newer_cases() -> Iterable[Vector]:
    """Files of version 1.7."""
    holds = "all other rules hold in newer minor versions, too"
    for name, kind, rule, change in (
        ("feature", UNSUPPORTED, "a reader has every required feature", features),
        ("element-type", CORRUPT, "a number of the schema, in newer minor versions, too", element_type),
        ("coding", CORRUPT, "a buffer has a coding that the reader knows", unknown_coding),
        ("names-unsorted", CORRUPT, holds, unsorted),
    ):

        def newer(message: manifest_pb2.Manifest, change: Change = change) -> None:
            message.version_minor = 7
            change(message)

        vector = changed(f"newer-minor-{name}", kind, OPEN, rule, newer)
        vector.entry["warns"] = True
        yield vector


def features(message: manifest_pb2.Manifest) -> None:
    """A feature of the future."""
    set_features(message, ["affine", "alias", "teleportation"])


def element_type(message: manifest_pb2.Manifest) -> None:
    """An element type of the future."""
    of(message, "a").element_type = type_number("u8") + 50  # type: ignore[assignment]


def unknown_coding(message: manifest_pb2.Manifest) -> None:
    """A coding of the future, in a file that does not say so."""
    stored = buffer(message, "a")
    stored.ClearField("packed")
    stored.MergeFromString(b"\x7a\x00")


def unsorted(message: manifest_pb2.Manifest) -> None:
    """Two tensors exchanged."""
    message.tensors.reverse()
