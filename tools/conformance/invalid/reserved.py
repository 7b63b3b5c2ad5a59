"""What the schema has and version 1.0 does not define yet."""

from collections.abc import Iterable
from functools import partial

from qmodel.v1 import manifest_pb2
from tools.conformance.invalid.base import OPEN, UNSUPPORTED, Change, buffer, changed, set_features
from tools.conformance.vector import Vector


def reserved_cases() -> Iterable[Vector]:
    """What the schema has and version 1.0 does not define yet."""
    for coding in ("arithmetic",):
        yield reserved("coding", coding, partial(set_coding, coding=coding))


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
