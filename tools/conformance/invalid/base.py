"""The small valid file that invalid ones start from, and the ways to break it."""

from collections.abc import Callable, Sequence

import numpy as np

from qmodel import dtypes
from qmodel.container.layout import SMALLEST_ALIGNED
from qmodel.encodings import AffineNode, AliasNode
from qmodel.v1 import buffer_pb2, manifest_pb2, types_pb2
from tools.conformance.draft import Draft
from tools.conformance.layout import laid_out
from tools.conformance.stored import in_chunks, plain
from tools.conformance.vector import Vector

Change = Callable[[manifest_pb2.Manifest], object]

OPEN, DECODE, VERIFY = "open", "decode", "verify"
CORRUPT, NON_CANONICAL, UNSUPPORTED, LIMIT = "corrupt", "non_canonical", "unsupported", "limit"
LONG = "n" * 1025


def base(*, aligned: bool = False) -> tuple[list[bytes], manifest_pb2.Manifest]:
    """The chunks and manifest that invalid files start from; every part is valid.

    Args:
        aligned: whether the second chunk is one that is large enough to be aligned.
    """
    draft = Draft("", "")
    draft.add("a", plain(np.arange(6).reshape(2, 3), dtypes.unsigned(8)), np.zeros((2, 3)), dtypes.unsigned(8))
    draft.add("b", in_chunks(np.arange(5), dtypes.F32), np.zeros(5), dtypes.F32)
    if aligned:
        large = np.zeros(SMALLEST_ALIGNED, np.uint8)
        draft.add("bb", in_chunks(large, dtypes.unsigned(8)), large, dtypes.unsigned(8))
    scale = plain(np.array([[0.5], [0.25]]), dtypes.F32)
    node = AffineNode(plain(np.arange(6), dtypes.signed(4)), scale, plain(np.zeros(2), dtypes.signed(4)), (1, 3))
    draft.add("c", node, np.zeros((2, 3)), dtypes.F32)
    draft.add("d", in_chunks(np.arange(20), dtypes.unsigned(3), 16), np.zeros(20), dtypes.unsigned(3))
    draft.add("e", AliasNode("b"), np.zeros(5), dtypes.F32)
    draft.manifest = {"metadata": {"k": "v", "l": "w"}}
    return draft.chunks, manifest_pb2.Manifest.FromString(draft.manifest_bytes())


def serialized(message: manifest_pb2.Manifest) -> bytes:
    """Canonical bytes."""
    return message.SerializeToString(deterministic=True)


def of(message: manifest_pb2.Manifest, name: str) -> manifest_pb2.Tensor:
    """A tensor's message."""
    return next(tensor for tensor in message.tensors if tensor.name == name)


def buffer(message: manifest_pb2.Manifest, name: str) -> buffer_pb2.Buffer:
    """The message of a plain tensor's buffer."""
    return of(message, name).encoding.plain.buffer


def type_number(name: str) -> int:
    """The number of an element type in the schema."""
    return int(types_pb2.ElementType.Value(f"ELEMENT_TYPE_{name.upper()}"))


def set_features(message: manifest_pb2.Manifest, features: Sequence[str]) -> None:
    """Replace the list of required features."""
    message.required_features[:] = features


def invalid(name: str, kind: str, at: str, rule: str, data: bytes, limits: dict[str, int] | None = None) -> Vector:
    """A vector that must be refused; `at` is open, decode or verify, whichever must refuse first."""
    entry = {"kind": kind, "at": at, "rule": rule} | ({"limits": limits} if limits else {})
    return Vector(name, data, entry)


def changed(
    name: str, kind: str, at: str, rule: str, change: Change, *, limits: dict[str, int] | None = None
) -> Vector:
    """A file whose manifest message was changed."""
    chunks, message = base()
    change(message)
    return invalid(name, kind, at, rule, laid_out(chunks, serialized(message)), limits)


def rewritten(name: str, kind: str, at: str, rule: str, rewrite: Callable[[bytes], bytes]) -> Vector:
    """A file whose serialized manifest was rewritten, its checksum included."""
    chunks, message = base()
    return invalid(name, kind, at, rule, laid_out(chunks, rewrite(serialized(message))))
