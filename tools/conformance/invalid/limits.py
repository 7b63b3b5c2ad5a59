"""Files within the format, above what a reader may be willing to spend."""

from collections.abc import Iterable

import numpy as np

from qmodel import dtypes
from qmodel.encodings import AffineNode
from qmodel.v1 import manifest_pb2
from tools.conformance.draft import Draft
from tools.conformance.invalid.base import LIMIT, OPEN, buffer, changed, invalid, of, set_features, type_number
from tools.conformance.invalid.buffers import set_run
from tools.conformance.stored import plain
from tools.conformance.vector import Vector


def limit_cases() -> Iterable[Vector]:
    """Files within the format that a reader with these limits refuses."""
    rule = "no more than the reader may spend"
    for name, limits, change in (
        ("limit-tensors", {"max_tensors": 4}, unchanged),
        ("limit-chunks", {"max_chunks": 2}, unchanged),
        ("limit-manifest", {"max_manifest_bytes": 100}, unchanged),
        ("limit-tensor", {"max_tensor_bytes": 5}, unchanged),
        ("limit-tensor-default", {"max_tensor_bytes": 16 << 30}, many_elements),
    ):
        yield changed(name, LIMIT, OPEN, rule, change, limits=limits)
    codes, u8 = np.arange(6), dtypes.unsigned(8)
    affine = Draft("limit-affine-result", "")
    affine.add("w", AffineNode(plain(codes, u8), plain(np.array(1.0), dtypes.F32)), codes, dtypes.F32)
    integers = Draft("limit-conversion", "")
    integers.add("w", plain(codes, u8), codes, dtypes.unsigned(64))
    for draft in (affine, integers):
        yield invalid(draft.name, LIMIT, OPEN, rule, draft.vector().data, {"max_tensor_bytes": 20})


def unchanged(message: manifest_pb2.Manifest) -> None:
    """Leave the file as it is."""


def many_elements(message: manifest_pb2.Manifest) -> None:
    """Seventeen times the same chunk, of 1 GiB when decoded."""
    of(message, "d").shape[:] = [17 << 30]
    of(message, "d").element_type = buffer(message, "d").element_type = type_number("u8")
    buffer(message, "d").packed.codec = 1
    buffer(message, "d").count = 17 << 30
    set_run(message, "d", [1] * 17, 1 << 30)
    set_features(message, ["affine", "alias", "zstd"])
