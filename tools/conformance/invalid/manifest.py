"""Serialization, version, features, names, quality."""

from collections.abc import Iterable

from qmodel.container.layout import field_header
from qmodel.v1 import manifest_pb2
from tools.conformance.invalid.base import (
    CORRUPT,
    LONG,
    NON_CANONICAL,
    OPEN,
    UNSUPPORTED,
    VERIFY,
    changed,
    invalid,
    of,
    rewritten,
    set_features,
)
from tools.conformance.layout import laid_out
from tools.conformance.vector import Vector


def manifest_cases() -> Iterable[Vector]:
    """All of them."""
    for group in (serialization_cases, oneof_cases, version_cases, feature_cases, quality_cases, name_cases):
        yield from group()


def serialization_cases() -> Iterable[Vector]:
    """Other bytes for the same message, and bytes of no message."""
    canonical = "one canonical serialization"
    for name, kind, rule, rewrite in (
        ("manifest-not-protobuf", CORRUPT, "a protobuf message", lambda m: m + b"\x22\x09x"),
        ("manifest-invalid-utf8", CORRUPT, "text is UTF-8", lambda m: m.replace(b"conf", b"\xff\xfe\xff\xfe")),
        ("manifest-unknown-field", CORRUPT, "no unknown fields in version 1.0", lambda m: m + b"\xa2\x06\x03new"),
        ("manifest-unknown-field-first", CORRUPT, "no unknown fields, whatever the form", lambda m: b"\xa2\x06\0" + m),
        ("manifest-field-order", NON_CANONICAL, canonical, lambda m: m[2:] + m[:2]),
        ("manifest-overlong-varint", NON_CANONICAL, canonical, lambda m: b"\x08\x81\x00" + m[2:]),
        ("manifest-default-written", NON_CANONICAL, canonical, lambda m: m[:2] + b"\x10\x00" + m[2:]),
        ("manifest-field-twice", NON_CANONICAL, canonical, lambda m: m[:2] + m),
        ("manifest-not-packed", NON_CANONICAL, canonical, lambda m: m.replace(b"\x12\2\2\3", b"\x10\2\x10\3", 1)),
    ):
        yield rewritten(name, kind, OPEN, rule, rewrite)


def oneof_cases() -> Iterable[Vector]:
    """Two members of a oneof, of which a parser keeps the last."""
    stored = b"\x08\x6c\x10\x01\x1a\x00\x32\x01\x05"  # a Buffer of one u8
    for name, data, tags in (
        ("manifest-two-locations", stored + b"\x3a\x03\x0a\x01\x00", (0x0A, 0x0A, 0x22)),
        ("manifest-two-nodes", field_header(0x5A, 3) + b"\x0a\x01b", (0x22,)),
    ):
        node = b"" if name == "manifest-two-locations" else field_header(0x0A, 11) + b"\x0a\x09" + stored
        content = node + data
        for tag in tags:
            content = field_header(tag, len(content)) + content
        content = b"\x0a\x01w\x12\x01\x01\x18\x6c" + content
        whole = laid_out((), b"\x08\x01" + field_header(0x32, len(content)) + content)
        yield invalid(name, NON_CANONICAL, OPEN, "one member of a oneof", whole)


def version_cases() -> Iterable[Vector]:
    """Versions, and what they do not have."""
    for name, kind, rule, change in (
        ("tensor-unknown-field", CORRUPT, "no unknown fields in version 1.0", unknown_field),
        ("version-0", UNSUPPORTED, "version_major is 1", lambda m: setattr(m, "version_major", 0)),
        ("version-2", UNSUPPORTED, "version_major is 1", lambda m: setattr(m, "version_major", 2)),
    ):
        yield changed(name, kind, OPEN, rule, change)


def unknown_field(message: manifest_pb2.Manifest) -> None:
    """A field 100 in a tensor."""
    of(message, "a").MergeFromString(b"\xa2\x06\x03new")


def feature_cases() -> Iterable[Vector]:
    """The list of required features."""
    for name, kind, at, rule, features in (
        ("feature-unknown", UNSUPPORTED, OPEN, "a reader has every required feature", ["affine", "alias", "teleport"]),
        ("features-unsorted", CORRUPT, OPEN, "features are sorted", ["alias", "affine"]),
        ("feature-twice", CORRUPT, OPEN, "features are unique", ["affine", "affine", "alias"]),
        ("feature-not-listed", NON_CANONICAL, VERIFY, "the features listed are those used", ["alias"]),
        ("feature-not-used", NON_CANONICAL, VERIFY, "the features listed are those used", ["affine", "alias", "zstd"]),
    ):
        yield changed(name, kind, at, rule, lambda m, features=features: set_features(m, features))


def quality_cases() -> Iterable[Vector]:
    """Producer and quality."""
    ranges = "quality figures are at least 0 and not NaN"
    for name, rule, change in (
        ("producer-too-long", "producer has at most 1,024 bytes", lambda m: setattr(m, "producer", LONG)),
        ("quality-negative", ranges, lambda m: setattr(of(m, "c").quality, "relative_mse", -1.0)),
        ("quality-nan", ranges, lambda m: setattr(m.quality, "relative_mse", float("nan"))),
        ("quality-no-samples", "at least one sample", lambda m: m.quality.evaluations.add(dataset="d")),
        ("quality-dataset-long", "1,024 bytes", lambda m: m.quality.evaluations.add(dataset=LONG, samples=1)),
        ("quality-metrics-unsorted", "metrics are sorted", lambda m: add_metrics(m, "b", "a")),
        ("quality-metric-twice", "metrics are unique", lambda m: add_metrics(m, "a", "a")),
    ):
        yield changed(name, CORRUPT, OPEN, rule, change)


def add_metrics(message: manifest_pb2.Manifest, *names: str) -> None:
    """An evaluation with metrics of these names."""
    evaluation = message.quality.evaluations.add(dataset="d", samples=1)
    for name in names:
        evaluation.metrics.add(name=name, value=1.0)


def name_cases() -> Iterable[Vector]:
    """Names of tensors and keys of metadata."""
    for name, rule, change in (
        ("tensors-unsorted", "tensors are sorted by name", lambda m: setattr(of(m, "a"), "name", "z")),
        ("tensor-name-twice", "names are unique", lambda m: setattr(of(m, "a"), "name", "b")),
        ("tensor-name-empty", "a name has at least one byte", lambda m: setattr(of(m, "a"), "name", "")),
        ("tensor-name-long", "a name has at most 1,024 bytes", lambda m: setattr(of(m, "e"), "name", LONG)),
        ("metadata-unsorted", "metadata is sorted by key", lambda m: setattr(m.metadata[0], "key", "z")),
        ("metadata-key-twice", "keys are unique", lambda m: setattr(m.metadata[0], "key", "l")),
        ("metadata-key-empty", "a key has at least one byte", lambda m: setattr(m.metadata[0], "key", "")),
        ("metadata-key-long", "a key has at most 1,024 bytes", lambda m: setattr(m.metadata[1], "key", LONG)),
    ):
        yield changed(name, CORRUPT, OPEN, rule, change)
