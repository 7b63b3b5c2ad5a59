"""The digest that names a tensor by what it holds (spec/encodings/delta.md, "Digest")."""

from __future__ import annotations

import hashlib
import struct

from qmodel.buffers import Packed
from qmodel.typed_array import TypedArray

DIGEST_BYTES = 32
# A multiple of 8, so that every piece but the last packs to whole bytes.
_PIECE_ELEMENTS = 1 << 20


def tensor_digest(array: TypedArray, /) -> bytes:
    """SHA-256 of a tensor's element type, shape and packed values: 32 bytes."""
    name = array.element_type.name.encode()
    shape = struct.pack(f"<I{len(array.shape)}Q", len(array.shape), *array.shape)
    digest = hashlib.sha256(bytes([len(name)]) + name + shape)
    flat = array.storage.reshape(-1)
    for start in range(0, flat.size, _PIECE_ELEMENTS):
        digest.update(Packed().encode(flat[start : start + _PIECE_ELEMENTS], array.element_type))
    return digest.digest()
