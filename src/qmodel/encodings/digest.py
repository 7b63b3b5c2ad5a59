"""The digest that names a tensor by what it holds (spec/encodings/delta.md, "Digest")."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator

from qmodel.buffers import Packed
from qmodel.buffers.buffer import BytesLike
from qmodel.typed_array import TypedArray

DIGEST_BYTES = 32
# A multiple of 8, so that every piece but the last packs to whole bytes.
_PIECE_ELEMENTS = 1 << 20


def tensor_digest(array: TypedArray, /) -> bytes:
    """SHA-256 of a tensor's element type, shape and packed values: 32 bytes."""
    digest = hashlib.sha256()
    for part in digested(array):
        digest.update(part)
    return digest.digest()


def digested(array: TypedArray, /) -> Iterator[BytesLike]:
    """The bytes that the digest is of, in parts."""
    name = array.element_type.name.encode()
    yield bytes([len(name)]) + name
    yield struct.pack(f"<I{len(array.shape)}Q", len(array.shape), *array.shape)
    flat = array.storage.reshape(-1)
    for start in range(0, flat.size, _PIECE_ELEMENTS):
        yield Packed().encode(flat[start : start + _PIECE_ELEMENTS], array.element_type)
