"""What the schema has and version 1.0 does not define yet."""

from collections.abc import Iterable
from functools import partial

from qmodel.v1 import manifest_pb2
from tools.conformance.invalid.base import OPEN, UNSUPPORTED, Change, buffer, changed, of, set_features
from tools.conformance.vector import Vector


def reserved_cases() -> Iterable[Vector]:
    """What the schema has and version 1.0 does not define yet."""
    for node in ("trellis",):
        yield reserved("encoding", node, partial(set_node, node=node))
    for coding in ("rans", "arithmetic"):
        yield reserved("coding", coding, partial(set_coding, coding=coding))
    undeclared = partial(set_node, node="trellis")
    yield changed("encoding-trellis-not-listed", UNSUPPORTED, OPEN, "an encoding without a codec", undeclared)


def set_node(message: manifest_pb2.Manifest, node: str) -> None:
    """Make the encoding of tensor a an empty node."""
    getattr(of(message, "a").encoding, node).SetInParent()


def set_coding(message: manifest_pb2.Manifest, coding: str) -> None:
    """Make the coding of tensor a an empty one."""
    getattr(buffer(message, "a"), coding).SetInParent()


def reserved(what: str, feature: str, change: Change) -> Vector:
    """A file that uses and lists a reserved feature."""

    def use(message: manifest_pb2.Manifest) -> None:
        change(message)
        set_features(message, sorted(["affine", "alias", feature]))

    name = f"reserved-{what}-{feature.replace('_', '-')}"
    return changed(name, UNSUPPORTED, OPEN, f"`{feature}` is reserved", use)
