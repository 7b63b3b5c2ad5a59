"""What the hex blocks of the specification's pages are to hold, made by the library; `BLOCKS` names them all."""

import io
from functools import partial

import numpy as np

from qmodel import dtypes
from qmodel.buffers import Buffer, Packed, Payloads, store
from qmodel.container import Writer
from qmodel.container.layout import chunk_prefix
from qmodel.encodings import AffineNode, AliasNode, CodebookNode, PlainNode, SparseNode
from qmodel.encodings.convert import convert
from qmodel.typed_array import TypedArray
from qmodel.v1 import file_pb2, golden_pb2, manifest_pb2
from qmodel.wire import (
    Evaluation,
    GoldenOutput,
    GoldenSample,
    GoldenValue,
    ModelQuality,
    TensorQuality,
    TensorRecord,
)
from qmodel.wire.golden import golden_to_message
from tests.spec import (
    worked_arithmetic,
    worked_factorised,
    worked_graph,
    worked_rans,
    worked_references,
    worked_split,
    worked_trellis,
)

PAIR = np.array([1, 2], np.float32)
U3 = np.array([1, 2, 3, 4, 5], np.uint8)
S5 = np.array([-1, -16, 15], np.int8)
CODES = np.array([[-2, 0, 1], [3, -4, 2]], np.int8)
SCALE = np.array([[0.5], [0.25]], np.float32)
ZERO = np.array([[1], [-1]], np.int8)
MXFP4_CODES, MXFP4_SCALE = np.array([[0x2, 0xF, 0x1, 0x0], [0x7, 0x9, 0x3, 0xC]]), np.array([[125], [128]])
MXFP4 = np.array([[0.25, -1.5, 0.125, 0], [12, -1, 3, -4]], np.float32)
CODEBOOK_INDICES = np.array([[0, 2, 1], [2, 2, 0]], np.uint8)
CODEBOOK_ENTRIES = np.array([[[-0.5], [0], [0.25]], [[-1], [0], [1.5]]], np.float16)
CODEBOOK = np.array([[-0.5, 0.25, 0], [1.5, 1.5, -1]], np.float32)
SPARSE = np.array([[0, 5, 0, 0], [0, 0, 0, -3]], np.int8)
SPARSE_GAPS = np.array([1, 5])
BYTES = np.array([10, 20, 30, 40, 50], np.uint8)
PLANES_U2 = np.array([1, 2, 3, 0, 0, 0, 0, 2, 3], np.uint8)
PLANES_F32, PLANES_F16 = np.array([1, -1.5], np.float32), np.array([1, -1.5, 2.25], np.float16)
SENTENCE = list(b"qmodel qmodel qmodel!")
U8, F32 = dtypes.unsigned(8), dtypes.F32


def plain(values, element_type, coding=None):
    return PlainNode(store(np.asarray(values, element_type.storage), element_type, coding=coding or Packed()))


def in_chunks(values, element_type, per_chunk):
    coding = Packed()
    pieces = [values[start : start + per_chunk] for start in range(0, values.size, per_chunk)]
    parts = tuple(bytes(coding.encode(piece, element_type)) for piece in pieces)
    return PlainNode(Buffer(element_type, values.size, coding, Payloads(parts, per_chunk if len(parts) > 1 else 0)))


def written(*records, **finish):
    """A file of the library's writer."""
    target = io.BytesIO()
    with Writer(target) as writer:
        for record in records:
            writer.add(TensorRecord(*record))
        writer.finish(**finish)
    return target.getvalue()


def tensor_message(*records):
    """The message of the last tensor of a file."""
    return file_pb2.File.FromString(written(*records)).manifest.tensors[-1]


def manifest_message(data):
    return file_pb2.File.FromString(data).manifest.SerializeToString(deterministic=True)


def buffer_message(values, element_type, coding):
    tensor = tensor_message(("t", values.shape, element_type, plain(values, element_type, coding)))
    return tensor.encoding.plain.buffer.SerializeToString(deterministic=True)


def affine_tensor():
    node = AffineNode(plain(CODES, dtypes.signed(4)), plain(SCALE, F32), plain(ZERO, dtypes.signed(4)), (1, 3))
    return tensor_message(("w", CODES.shape, F32, node)).SerializeToString(deterministic=True)


def mxfp4_tensor():
    node = AffineNode(plain(MXFP4_CODES, dtypes.F4E2M1), plain(MXFP4_SCALE, dtypes.E8M0), None, (1, 4))
    return tensor_message(("w", MXFP4.shape, F32, node)).SerializeToString(deterministic=True)


def codebook_tensor():
    indices = plain(CODEBOOK_INDICES, dtypes.unsigned(2)).buffer
    node = CodebookNode(indices, plain(CODEBOOK_ENTRIES, dtypes.F16), 1, 2, 3)
    return tensor_message(("w", CODEBOOK.shape, F32, node)).SerializeToString(deterministic=True)


def sparse_tensor():
    gaps = plain(SPARSE_GAPS, dtypes.unsigned(3)).buffer
    node = SparseNode(None, gaps, None, 0, 0, 2, plain(np.array([5, -3]), dtypes.signed(4)))
    return tensor_message(("w", SPARSE.shape, dtypes.signed(8), node)).SerializeToString()


def factorised_tensor(name):
    values = worked_factorised.VALUES[name]
    record = ("w", values.shape, F32, worked_factorised.NODES[name])
    return tensor_message(record).SerializeToString(deterministic=True)


def tree_tensor():
    record = ("w", worked_factorised.TREE_VALUES.shape, F32, worked_factorised.TREE)
    return tensor_message(record).SerializeToString(deterministic=True)


def reference_tensor(name):
    record = ("w", worked_references.VALUES[name].shape, F32, worked_references.NODES[name])
    return tensor_message(record).SerializeToString(deterministic=True)


def trellis_tensor():
    record = ("w", worked_trellis.VALUES.shape, F32, worked_trellis.NODE)
    return tensor_message(record).SerializeToString(deterministic=True)


def chunked_run():
    values = np.arange(20) * 5 % 8
    tensor = tensor_message(("t", (20,), dtypes.unsigned(3), in_chunks(values, dtypes.unsigned(3), 8)))
    return tensor.encoding.plain.buffer.SerializeToString(deterministic=True)


def arithmetic_tensor():
    record = ("w", worked_arithmetic.VALUES.shape, dtypes.signed(4), worked_arithmetic.NODE)
    return tensor_message(record).SerializeToString(deterministic=True)


def rans_tensor():
    record = ("w", worked_rans.MATRIX.shape, dtypes.signed(4), worked_rans.NODE)
    return tensor_message(record).SerializeToString(deterministic=True)


def full_manifest():
    codes = AffineNode(plain(np.array([3, 4]), dtypes.signed(8)), plain(np.array(0.25), F32))
    evaluation = Evaluation("digits", 360, {"accuracy": 0.25, "f1_macro": 0.5})
    quality = ModelQuality(0.125, (evaluation,))
    record = ("w", (2,), F32, codes, TensorQuality(0.125, 0.0625))
    return manifest_message(written(record, metadata={"licence": "CC0"}, recipe="int8", quality=quality))


def golden_sample():
    value = GoldenValue("y", (1,), plain(np.array([3]), F32).buffer)
    output = GoldenOutput(value, 2.0**-14, 2.0**-14)
    message = golden_pb2.GoldenSample()
    inputs = (GoldenValue("x", (1, 2), plain(PAIR.reshape(1, 2), F32).buffer),)
    golden_to_message(GoldenSample(inputs, (output,)), message)
    return message.SerializeToString(deterministic=True)


def alias_file():
    return written(("a", (2,), F32, plain(PAIR, F32)), ("b", (2,), F32, AliasNode("a")))


def converted(name):
    numbers = TypedArray(dtypes.F64, np.array(FLOATS[name], np.float64))
    return store(convert(numbers, dtypes.parse(name)).storage, dtypes.parse(name), coding=Packed()).location.data


def packed(values, name, **coding):
    return bytes(Packed(**coding).encode(np.asarray(values, dtypes.parse(name).storage), dtypes.parse(name)))


FLOATS = {
    **{name: [1.0, -1.5] for name in ("f64", "f32", "f16", "bf16")},
    "f8e4m3": [1.0, -1.5, 448.0],
    "f8e5m2": [1.0, -1.5, 57344.0],
    "f6e2m3": [1.0, -1.5, 7.5],
    "f6e3m2": [1.0, -1.5, 28.0],
    "f4e2m1": [1.0, -1.5, 6.0],
    "e8m0": [1.0, 2.0, 2.0**127],
}

BLOCKS = {
    "file-inline": lambda: written(("b", (2,), F32, plain(PAIR, F32))),
    "file-chunk": lambda: written(("t", (5,), U8, in_chunks(BYTES, U8, 8))),
    "golden-sample": golden_sample,
    "graph-node": worked_graph.node_message,
    "gap-of-1": lambda: chunk_prefix(123, 16384),
    "manifest-full": full_manifest,
    **{name: partial(converted, name) for name in FLOATS},
    "buffer-inline": lambda: buffer_message(PAIR, F32, Packed("none", "byte_shuffle")),
    "buffer-chunks": chunked_run,
    "packed-u3": lambda: packed(U3, "u3"),
    "packed-s5": lambda: packed(S5, "s5"),
    "packed-shuffled": lambda: packed(PAIR, "f32", filter="byte_shuffle"),
    "packed-bit-planes": lambda: packed(PLANES_U2, "u2", filter="bit_planes"),
    "packed-float-planes": lambda: packed(PLANES_F32, "f32", filter="float_planes"),
    "packed-float-planes-f16": lambda: packed(PLANES_F16, "f16", filter="float_planes"),
    "tensor-plain": lambda: tensor_message(("t", (5,), U8, plain(U3, dtypes.unsigned(3)))).SerializeToString(),
    "tensor-affine": affine_tensor,
    "tensor-tree": tree_tensor,
    "tensor-mxfp4": mxfp4_tensor,
    "tensor-codebook": codebook_tensor,
    "tensor-sparse": sparse_tensor,
    "tensor-split": lambda: tensor_message(("w", (3,), F32, worked_split.NODE)).SerializeToString(deterministic=True),
    "tensor-trellis": trellis_tensor,
    "tensor-arithmetic": arithmetic_tensor,
    "rans-tables": lambda: worked_rans.TABLES.to_bytes(1),
    "rans-payload": lambda: worked_rans.PAYLOAD,
    "tensor-rans": rans_tensor,
    "file-alias": alias_file,
    **{name: partial(factorised_tensor, name) for name in worked_factorised.NODES},
    **{name: partial(reference_tensor, name) for name in worked_references.NODES},
    "delta-digested": worked_references.digest_input,
    "delta-digest": lambda: worked_references.NODES["tensor-delta"].base_digest,
}
"""Blocks that the library produces to the byte."""

DECODED_ONLY = {
    "packed-zstd": (Packed("zstd"), "u8", SENTENCE[:6]),
    "packed-zlib": (Packed("zlib"), "u8", SENTENCE[:6]),
    **{f"packed-{codec}": (Packed(codec), "u8", SENTENCE) for codec in ("lz4", "lzo", "brotli")},
}
"""Payloads that the library reads but a compressor of another version may spell otherwise."""

PAYLOADS = {
    "packed-u3": (Packed(), "u3", U3),
    "packed-s5": (Packed(), "s5", S5),
    "packed-shuffled": (Packed("none", "byte_shuffle"), "f32", PAIR),
    "packed-bit-planes": (Packed("none", "bit_planes"), "u2", PLANES_U2),
    "packed-float-planes": (Packed("none", "float_planes"), "f32", PLANES_F32),
    "packed-float-planes-f16": (Packed("none", "float_planes"), "f16", PLANES_F16),
    "rans-payload": (worked_rans.CODING, "s4", worked_rans.VALUES),
    **DECODED_ONLY,
}
TENSORS = {
    "tensor-plain": (U3, ()),
    "tensor-affine": ((CODES - ZERO).astype(np.float32) * SCALE, ("affine",)),
    "tensor-mxfp4": (MXFP4, ("affine",)),
    "tensor-tree": (worked_factorised.TREE_VALUES, ("affine", "sum")),
    **{name: (values, (worked_factorised.NODES[name].kind,)) for name, values in worked_factorised.VALUES.items()},
    "tensor-codebook": (CODEBOOK, ("codebook",)),
    "tensor-sparse": (SPARSE, ("sparse",)),
    "tensor-split": (worked_split.VALUES, ("split",)),
    "tensor-trellis": (worked_trellis.VALUES, ("trellis",)),
    "tensor-arithmetic": (worked_arithmetic.VALUES, ("arithmetic",)),
    "tensor-rans": (worked_rans.MATRIX, ("rans",)),
    "tensor-hashed": (worked_references.HASHED, ("hashed",)),
}
FILES = {
    "file-inline": {"b": PAIR},
    "file-chunk": {"t": BYTES},
    "file-alias": {"a": PAIR, "b": PAIR},
}


def file_of_tensor(data, features):
    """A file that holds one tensor message and no chunks."""
    from qmodel.container.checksum import crc32c
    from qmodel.container.layout import MANIFEST_TAG, SIGNATURE, field_header, pack_trailer

    manifest = manifest_pb2.Manifest(version_major=1, required_features=features)
    manifest.tensors.add().ParseFromString(data)
    serialized = manifest.SerializeToString(deterministic=True)
    start = SIGNATURE + field_header(MANIFEST_TAG, len(serialized))
    return start + serialized + pack_trailer(len(start), len(serialized), crc32c(serialized))
