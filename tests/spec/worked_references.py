"""The worked bytes of hashed and delta."""

import numpy as np

from qmodel import dtypes
from qmodel.buffers import Packed, store
from qmodel.encodings import DeltaNode, HashedNode, PlainNode
from qmodel.encodings.delta import XOR
from qmodel.encodings.digest import digested, tensor_digest
from qmodel.typed_array import TypedArray

BASE = np.array([1, -2], np.float32)
CHANGED = np.array([1.5, -2], np.float32)
HASHED = np.array([[2, 1, -2], [0.5, 0.5, -2]], np.float32)


def plain(values, element_type):
    return PlainNode(store(np.array(values, element_type.storage), element_type, coding=Packed()))


def digest_input():
    return b"".join(map(bytes, digested(TypedArray.of(BASE))))


NODES = {
    "tensor-hashed": HashedNode(plain([1, 0.5, -2], dtypes.F16), 3, 7),
    "tensor-delta": DeltaNode(
        tensor_digest(TypedArray.of(BASE)), "w", plain([0x00400000, 0], dtypes.unsigned(32)), XOR, dtypes.F32
    ),
}
VALUES = {"tensor-hashed": HASHED, "tensor-delta": CHANGED}
