"""Write the conformance vectors of spec/conformance/, or check that the committed ones are current.

Valid files are made with the library's own nodes and buffers, and laid out here; what their tensors must decode to
comes from the values put in, or from arithmetic spelled out here with NumPy, never from the decoder. Invalid files are
a small valid one with one thing broken. No compressor is called, whose bytes would change with its version: zstd
frames are made by hand or stand here as constants.

    python tools/make_conformance.py [--check]
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from qmodel import dtypes
from qmodel.buffers import Buffer, Chunks, Inline, Packed, Payloads, store
from qmodel.container.checksum import crc32c
from qmodel.container.layout import (
    MANIFEST_TAG,
    SIGNATURE,
    chunk_offsets,
    chunk_prefix,
    field_header,
    pack_trailer,
)
from qmodel.dtypes import ElementType
from qmodel.encodings import AffineNode, AliasNode, Node, PlainNode
from qmodel.graph import Graph, Value
from qmodel.graph import Node as GraphNode
from qmodel.v1 import buffer_pb2, manifest_pb2, types_pb2
from qmodel.wire import (
    ChunkRecord,
    Evaluation,
    Manifest,
    ModelQuality,
    TensorQuality,
    TensorRecord,
    manifest_to_bytes,
)

TARGET = Path(__file__).resolve().parent.parent / "spec" / "conformance"
PRODUCER = "conformance"
RAW = Packed()
INTEGER_BITS = (*range(1, 33), 64)
INTEGERS = tuple(make(bits) for make in (dtypes.unsigned, dtypes.signed) for bits in INTEGER_BITS)
SMALL_FLOATS = (dtypes.F8E4M3, dtypes.F8E5M2, dtypes.F6E2M3, dtypes.F6E3M2, dtypes.F4E2M1, dtypes.E8M0)

# Bits of numbers where rounding, signs, subnormals and NaNs go wrong.
F16_BITS = (0, 0x8000, 1, 0x83FF, 0x0400, 0x3C00, 0xBC00, 0x7BFF, 0x7C00, 0xFC00, 0x7E00, 0x7C01, 0xFE55)
BF16_BITS = (0, 0x8000, 1, 0x807F, 0x0080, 0x3F80, 0xBF80, 0x7F7F, 0x7F80, 0xFF80, 0x7FC0, 0x7F81, 0xFFD5)
F32_BITS = (0, 1 << 31, 1, 0x807FFFFF, 0x00800000, 0x3F800000, 0x7F7FFFFF, 0x7F800000, 0xFF800000, 0x7FC00000)
F32_BITS += (0x7F800001, 0xFFC12345)
F64_BITS = (0, 1 << 63, 1, 0x800FFFFFFFFFFFFF, 1 << 52, 0x3FF0000000000000, 0x7FEFFFFFFFFFFFFF, 0x7FF0000000000000)
F64_BITS += (0xFFF0000000000000, 0x7FF8000000000000, 0x7FF0000000000001, 0xFFF8123456789ABC)

# Made by libzstd 1.5.7: literals compressed by Huffman codes, and sequences.
ZSTD_PLAIN = bytes((i * i // 5 + (i % 7) * 3) % 12 for i in range(600))
ZSTD_HEX = (
    "28b52ffd605801550300220d188a3214213213205c36aa24d1dab3c2311c81cef84a0cb2097866370dd028627ae55241240952375b0be16850ca"
    "c719c8566332db4d01ed0aa3c75715f41348ed662deacea0f095f3a8b6c66ab31b8ee9153a2b1f31cc0f78d83d2dd41571f1050100d2c1aa6aa4"
)
ZSTD_CHECKSUM_PLAIN = bytes(i % 7 * 37 % 256 for i in range(96))
ZSTD_CHECKSUM_HEX = "28b52ffd24607d00004000254a6f94b9de000100a5a97001d19a2664"


@dataclass(frozen=True)
class Vector:
    """One file of the set.

    Attributes:
        name: of the file, without its ending, below valid/ or invalid/.
        data: the file.
        entry: what the index says of it.
        expected: what a valid one decodes to.
    """

    name: str
    data: bytes
    entry: dict[str, Any]
    expected: dict[str, Any] | None = None


# Valid files


@dataclass
class Draft:
    """A valid file in the making: tensors with payloads, and what each must decode to."""

    name: str
    about: str
    chunks: list[bytes] = field(default_factory=list)
    records: list[TensorRecord] = field(default_factory=list)
    expected: dict[str, Any] = field(default_factory=dict)
    manifest: dict[str, Any] = field(default_factory=dict)

    def add(
        self,
        name: str,
        node: Node,
        values: Any,
        element_type: ElementType,
        *,
        any_nan: bool = False,
        quality: TensorQuality | None = None,
    ) -> None:
        """Add a tensor that decodes to `values`, which are storage of `element_type`."""
        values = np.asarray(values, element_type.storage)
        stored = node.with_buffers(self._place)
        self.records.append(TensorRecord(name, values.shape, element_type, stored, quality))
        described = {
            "element_type": str(element_type),
            "shape": list(values.shape),
            "values": values.astype(values.dtype.newbyteorder("<")).tobytes().hex(),
        }
        self.expected[name] = described | ({"nan": "any"} if any_nan else {})

    def _place(self, buffer: Buffer) -> Buffer:
        if not isinstance(buffer.location, Payloads):
            return buffer
        indices = []
        for part in map(bytes, buffer.location.parts):
            if part not in self.chunks:
                self.chunks.append(part)
            indices.append(self.chunks.index(part))
        return replace(buffer, location=Chunks(tuple(indices), buffer.location.elements_per_chunk))

    def manifest_bytes(self) -> bytes:
        """The canonical manifest."""
        offsets = chunk_offsets(map(len, self.chunks))
        table = tuple(ChunkRecord(at, len(c), crc32c(c)) for at, c in zip(offsets, self.chunks, strict=True))
        records = tuple(sorted(self.records, key=lambda record: record.name.encode()))
        features = frozenset[str]().union(*(record.encoding.all_features() for record in records))
        settings = {"producer": PRODUCER} | self.manifest
        return manifest_to_bytes(Manifest(chunks=table, tensors=records, required_features=tuple(features), **settings))

    def vector(self, *, warns: bool = False, manifest: bytes | None = None) -> Vector:
        """The finished file."""
        data = laid_out(self.chunks, self.manifest_bytes() if manifest is None else manifest)
        expected = {"tensors": dict(sorted(self.expected.items(), key=lambda item: item[0].encode()))}
        if metadata := self.manifest.get("metadata"):
            expected["metadata"] = metadata
        entry = {"about": self.about} | ({"warns": True} if warns else {})
        return Vector(self.name, data, entry, expected)


def laid_out(chunks: Iterable[bytes], manifest: bytes) -> bytes:
    """A file of chunks and a manifest, in canonical form."""
    file = bytearray(SIGNATURE)
    for chunk in chunks:
        file += chunk_prefix(len(file), len(chunk)) + chunk
    file += field_header(MANIFEST_TAG, len(manifest))
    offset = len(file)
    return bytes(file) + manifest + pack_trailer(offset, len(manifest), crc32c(manifest))


def plain(values: Any, element_type: ElementType, coding: Packed = RAW) -> PlainNode:
    """Values stored as they are; inline when they fit."""
    return PlainNode(store(np.asarray(values, element_type.storage), element_type, coding=coding))


def in_chunks(values: Any, element_type: ElementType, per_chunk: int = 0, coding: Packed = RAW) -> PlainNode:
    """Values stored in chunks however small, of `per_chunk` elements each; 0: one chunk."""
    flat = np.asarray(values, element_type.storage).reshape(-1)
    pieces = [flat[start : start + per_chunk] for start in range(0, flat.size, per_chunk)] if per_chunk else [flat]
    parts = tuple(bytes(coding.encode(piece, element_type)) for piece in pieces)
    return PlainNode(Buffer(element_type, flat.size, coding, Payloads(parts, per_chunk if len(parts) > 1 else 0)))


def payload(data: bytes, count: int, element_type: ElementType, coding: Packed) -> PlainNode:
    """An inline payload given as bytes."""
    return PlainNode(Buffer(element_type, count, coding, Inline(data)))


def zstd_frame(data: bytes, *, declared: int | None = None, repeat: int = 0) -> bytes:
    """A zstd frame of one block: `data` as it is, or its first byte `repeat` times (RFC 8878, section 3.1.1)."""
    size = (repeat or len(data)) if declared is None else declared
    header = b"\x28\xb5\x2f\xfd\xa0" + size.to_bytes(4, "little")
    block = 1 | (repeat << 3 | 2 if repeat else len(data) << 3)
    return header + block.to_bytes(3, "little") + (data[:1] if repeat else data)


def bits(patterns: Sequence[int], element_type: ElementType) -> Any:
    """Storage of a float type from the bits of its numbers."""
    return np.array(patterns, f"u{element_type.storage.itemsize}").view(element_type.storage)


def spread(blocks: Any, shape: tuple[int, ...], block_shape: tuple[int, ...]) -> Any:
    """Each element's entry of an array that has one for each block."""
    array = np.asarray(blocks)
    for axis, (length, block) in enumerate(zip(shape, block_shape, strict=True)):
        array = np.repeat(array, block, axis=axis).take(range(length), axis=axis)
    return np.broadcast_to(array, shape)


def affine_values(codes: Any, scale: Any, zero: Any, block_shape: tuple[int, ...], float_type: Any) -> Any:
    """The arithmetic of spec/encodings/affine.md, one operation after another."""
    codes = np.asarray(codes)
    scales = spread(scale, codes.shape, block_shape).astype(float_type)
    with np.errstate(all="ignore"):
        if zero is None:
            return codes.astype(float_type) * scales
        zeros = spread(zero, codes.shape, block_shape)
        if codes.dtype.kind == "f" or zeros.dtype.kind == "f":
            return (codes.astype(float_type) - zeros.astype(float_type)) * scales
        return (codes.astype(np.int64) - zeros.astype(np.int64)).astype(float_type) * scales


def plain_drafts() -> Iterable[Draft]:
    """Every element type and odd shape, stored as it is."""
    draft = Draft("plain-integers", "the extremes of every integer type, an odd number of elements")
    for element_type in INTEGERS:
        low, high = element_type.minimum, element_type.maximum
        values = [low, high, 0, high - 1 if high > 1 else high, low]
        draft.add(str(element_type), plain(values, element_type), values, element_type)
    yield draft

    draft = Draft("plain-floats", "every bit pattern of the narrow float types; zeros, subnormals, NaN payloads of all")
    for element_type in SMALL_FLOATS:
        values = np.arange(1 << element_type.bits)
        draft.add(str(element_type), plain(values, element_type), values, element_type)
    wide = ((dtypes.F16, F16_BITS), (dtypes.BF16, BF16_BITS), (dtypes.F32, F32_BITS), (dtypes.F64, F64_BITS))
    for element_type, patterns in wide:
        values = bits(patterns, element_type)
        draft.add(str(element_type), plain(values, element_type), values, element_type)
    yield draft

    draft = Draft("plain-lengths", "0 to 17 elements of types that do not fill bytes")
    for name in ("bool", "u1", "u3", "s5", "f6e2m3", "f4e2m1", "u12", "s31"):
        element_type = dtypes.parse(name)
        for count in range(18):
            pattern = np.arange(count) * 2654435761 % 4294967291 >> 1
            codes = (pattern % (1 << element_type.bits)) + (element_type.minimum if element_type.is_integer else 0)
            draft.add(f"{name}.{count:02}", plain(codes, element_type), codes, element_type)
    yield draft

    draft = Draft("plain-shapes", "0-d, empty, 32 axes, and axes of length 1")
    for shape in ((), (0,), (3, 0, 2), (0,) * 32, (1,) * 32, (7,), (2, 3, 5), (1, 5, 1)):
        values = np.arange(np.prod(shape, dtype=int)).reshape(shape).astype(np.float32)
        draft.add("×".join(map(str, shape)) or "0-d", plain(values, dtypes.F32), values, dtypes.F32)
    yield draft

    draft = Draft("plain-converted", "types narrower or wider than the tensor's: rounding, ties, overflow, subnormals")
    for source, target, values, any_nan in conversions():
        name = f"{source}-to-{target}"
        numbers = (values.astype(np.uint32) << 16).view(np.float32) if source == dtypes.BF16 else values
        with np.errstate(all="ignore"):
            wanted = bf16_bits(numbers) if target == dtypes.BF16 else numbers.astype(target.storage)
        draft.add(name, plain(values, source), wanted, target, any_nan=any_nan)
    yield draft


def conversions() -> Iterable[tuple[ElementType, ElementType, Any, bool]]:
    """Source type, target type, storage of the source, and whether there are NaNs."""
    quiet = [pattern for pattern in F32_BITS if pattern != 0x7F800001]
    f32 = np.array([*quiet, 0x33000000, 0x33000001, 0x477FEFFF, 0x477FF000, 0x3F801000, 0x3F803000], np.uint32)
    f32_for_bf16 = np.array([*quiet, 0x3F808000, 0x3F818000, 0x3F808001, 0x7F7F8000, 0x7F7F7FFF, 0x00008000], np.uint32)
    f64 = np.array([1 + 2.0**-24, 1 + 2.0**-24 + 2.0**-50, 1e300, -1e-320, 3.4028235677973366e38, 2.0**-150, np.nan])
    f64_for_bf16 = np.array([1 + 2.0**-8, 1 + 2.0**-8 + 2.0**-40, 1 + 3 * 2.0**-8, -(2.0**128 - 2.0**119), 1e-300])
    yield dtypes.F64, dtypes.F32, f64, True
    yield dtypes.F64, dtypes.F16, np.array([1 + 2.0**-11, 1 + 2.0**-11 + 2.0**-40, 65520.0, 65519.999, 2.0**-25]), False
    yield dtypes.F64, dtypes.BF16, f64_for_bf16, False
    yield dtypes.F32, dtypes.F16, f32.view(np.float32), True
    yield dtypes.F32, dtypes.BF16, f32_for_bf16.view(np.float32), True
    yield dtypes.F32, dtypes.F64, np.array(quiet, np.uint32).view(np.float32), True
    yield dtypes.F16, dtypes.F32, bits([p for p in F16_BITS if p != 0x7C01], dtypes.F16), True
    yield dtypes.BF16, dtypes.F32, bits(BF16_BITS, dtypes.BF16), True
    yield dtypes.BF16, dtypes.F16, bits([p for p in BF16_BITS if p != 0x7F81], dtypes.BF16), True
    for source, target in (("u3", "u8"), ("u8", "s16"), ("s5", "s64"), ("u31", "s32"), ("u32", "u64"), ("s1", "s8")):
        integer = dtypes.parse(source)
        yield integer, dtypes.parse(target), np.array([integer.minimum, integer.maximum, 0], integer.storage), False


def bf16_bits(values: Any) -> list[int]:
    """Bits of the bfloat16 nearest to each number, ties to even, found among all of them by exact comparison."""
    finite = (np.arange(0x7F80, dtype=np.uint32) << 16).view(np.float32).astype(np.float64)
    ladder = np.append(finite, 2.0**128)
    found = []
    for value in np.asarray(values, np.float64):
        sign = 0x8000 if np.signbit(value) else 0
        if np.isnan(value):
            found.append(sign | 0x7FC0)
            continue
        below = min(int(np.searchsorted(ladder, abs(value), "right")) - 1, len(ladder) - 1)
        above = min(below + 1, len(ladder) - 1)
        under, over = abs(value) - ladder[below], ladder[above] - abs(value)
        up = np.isinf(value) or over < under or (over == under and below % 2 == 1)
        found.append(sign | (above if up else below))
    return found


def coding_drafts() -> Iterable[Draft]:
    """Filters, codecs, chunk runs."""
    draft = Draft(
        "packed-byte-shuffle", "byte shuffle without a codec, of every width it is for; inline and in a chunk"
    )
    for name in ("f16", "bf16", "u16", "f32", "s32", "f64", "u64"):
        element_type = dtypes.parse(name)
        values = bits([(i * 0x9E3779B97F4A7C15) % (1 << element_type.bits) for i in range(1, 6)], element_type)
        draft.add(f"{name}.inline", plain(values, element_type, Packed("none", "byte_shuffle")), values, element_type)
        node = in_chunks(values, element_type, coding=Packed("none", "byte_shuffle"))
        draft.add(f"{name}.chunk", node, values, element_type)
    yield draft

    draft = Draft(
        "packed-zstd", "zstd blocks of each kind: raw, repeated, compressed; with a checksum; with byte shuffle"
    )
    u8, zstd = dtypes.unsigned(8), Packed("zstd")
    draft.add("raw", payload(zstd_frame(b"qmodel"), 6, u8, zstd), np.frombuffer(b"qmodel", np.uint8), u8)
    draft.add("repeated", payload(zstd_frame(b"\x07", repeat=5000), 5000, u8, zstd), np.full(5000, 7), u8)
    compressed, plain_text = bytes.fromhex(ZSTD_HEX), np.frombuffer(ZSTD_PLAIN, np.uint8)
    draft.add("compressed", payload(compressed, plain_text.size, u8, zstd), plain_text, u8)
    checked, plain_text = bytes.fromhex(ZSTD_CHECKSUM_HEX), np.frombuffer(ZSTD_CHECKSUM_PLAIN, np.uint8)
    draft.add("checksum", payload(checked, plain_text.size, u8, zstd), plain_text, u8)
    odd = payload(zstd_frame(bytes((0b01001001,) * 3 + (0b1,))), 25, dtypes.unsigned(1), zstd)
    draft.add("odd-bits", odd, [1, 0, 0, 1, 0, 0, 1, 0] * 3 + [1], dtypes.unsigned(1))
    shuffled = zstd_frame(bytes.fromhex("000000000080403f"))
    draft.add("shuffled", payload(shuffled, 2, dtypes.F32, Packed("zstd", "byte_shuffle")), [2.0, 1.0], dtypes.F32)
    yield draft

    draft = Draft("chunks-several", "buffers of several chunks, the last shorter; one chunk used twice by a buffer")
    u3 = np.arange(29) * 5 % 8
    draft.add("u3", in_chunks(u3, dtypes.unsigned(3), 8), u3, dtypes.unsigned(3))
    f32 = (np.arange(17, dtype=np.float32) - 3) / 7
    draft.add("f32", in_chunks(f32, dtypes.F32, 16, Packed("none", "byte_shuffle")), f32, dtypes.F32)
    whole = np.arange(32) * 11 % 128
    draft.add("s7-full-last", in_chunks(whole, dtypes.signed(8), 16), whole, dtypes.signed(8))
    again = np.tile(np.arange(8), 3)
    draft.add("repeated", in_chunks(again, dtypes.unsigned(5), 8), again, dtypes.unsigned(5))
    frames = (zstd_frame(b"\x01", repeat=8), zstd_frame(b"\x02\x03"))
    run = PlainNode(Buffer(dtypes.unsigned(8), 10, Packed("zstd"), Payloads(frames, 8)))
    draft.add("zstd", run, [1] * 8 + [2, 3], dtypes.unsigned(8))
    yield draft

    draft = Draft("chunks-shared", "one chunk serves three tensors, one of another type")
    values = np.arange(24, dtype=np.float32)
    for name in ("first", "second"):
        draft.add(name, in_chunks(values, dtypes.F32), values.reshape(2, 12), dtypes.F32)
    draft.add(
        "as-bits", in_chunks(values.view(np.uint32), dtypes.unsigned(32)), values.view(np.uint32), dtypes.unsigned(32)
    )
    yield draft

    draft = Draft("chunks-gaps", "gaps of 0, 1, 2 and 3 bytes before a chunk; sizes where the varint grows")
    for number, size in enumerate((62, 61, 60, 59, 127, 128, 1, 64)):
        values = (np.arange(size) + number) % 256
        draft.add(f"{number}-{size}", in_chunks(values, u8), values, u8)
    yield draft

    draft = Draft("inline-or-chunk", "the same values inline and in a chunk; an inline payload of 1,024 bytes")
    values = np.arange(1024) % 251
    draft.add("inline", plain(values, u8), values, u8)
    draft.add("chunk", in_chunks(values, u8), values, u8)
    yield draft


def affine_drafts() -> Iterable[Draft]:
    """Every form of affine, and alias."""
    u8, s8, f32 = dtypes.unsigned(8), dtypes.signed(8), dtypes.F32
    draft = Draft("affine-blocks", "per tensor, axis and n-D block with remainders; with and without a zero point")
    shape, codes = (3, 5, 7), (np.arange(105) * 37 % 256 - 128).reshape(3, 5, 7).astype(np.int8)
    for block_shape in ((), (3, 5, 7), (1, 5, 7), (3, 1, 7), (3, 5, 1), (1, 1, 1), (2, 2, 3), (1, 5, 4), (2, 5, 1)):
        explicit = block_shape or shape
        counts = tuple(-(-n // b) for n, b in zip(shape, explicit, strict=True))
        scale = ((np.arange(np.prod(counts)) + 1) / 7).astype(np.float32).reshape(counts)
        zero = (np.arange(np.prod(counts)) * 3 - 5).reshape(counts).astype(np.int8)
        stored = scale if block_shape else scale.reshape(())
        for label, zeros in (("", None), (".zero", zero)):
            zero_node = None if zeros is None else plain(zeros, s8)
            node = AffineNode(plain(codes, s8), plain(stored, f32), zero_node, block_shape)
            name = "×".join(map(str, block_shape)) or "tensor"
            draft.add(name + label, node, affine_values(codes, scale, zeros, explicit, np.float32), f32)
    yield draft
    yield from (affine_types(), affine_special(), affine_nested())

    draft = Draft("alias", "tied weights; an alias as the codes and as the scale of an affine")
    scale, codes = np.array([0.5, 3.0], np.float32), np.array([[1, 2, 3], [4, 5, 255]], np.uint8)
    draft.add("scale", plain(scale.reshape(2, 1), f32), scale.reshape(2, 1), f32)
    draft.add("tied", AliasNode("scale"), scale.reshape(2, 1), f32)
    draft.add("codes", plain(codes, u8), codes, u8)
    node = AffineNode(AliasNode("codes"), AliasNode("scale"), None, (1, 3))
    draft.add("affine", node, affine_values(codes, scale.reshape(2, 1), None, (1, 3), np.float32), f32)
    yield draft


def affine_types() -> Draft:
    """Codes, scales and zero points of every kind of type."""
    draft = Draft("affine-types", "codes, scales and zero points of several types; results in f32, f64, f16 and bf16")
    number = np.array([0, 1, 7, 200, 255])
    cases: tuple[tuple[str, str, Any, str, float, str, Any, str], ...] = (
        ("u4", "u4", [0, 1, 7, 14, 15], "f32", 0.1, "", None, "f32"),
        ("s1", "s1", [-1, 0, -1, 0, 0], "f16", 0.25, "", None, "f32"),
        ("f16-scale", "u8", number, "f16", 0.3330078125, "u8", 128, "f32"),
        ("bf16-scale", "u8", number, "bf16", 0x3EAB, "u8", 128, "f32"),
        ("f64-scale", "u8", number, "f64", 0.1, "u8", 3, "f64"),
        ("f64-scale-to-f32", "u8", number, "f64", 0.1, "u8", 3, "f32"),
        ("f32-scale-to-f64", "u8", number, "f32", 0.1, "u8", 3, "f64"),
        ("float-zero", "u8", number, "f32", 0.7, "f32", 0.3, "f32"),
        ("float-zero-f64", "u8", number, "f32", 0.7, "f64", 0.3, "f32"),
        ("half-zero", "u1", [0, 1, 1, 0, 1], "f32", 1.5, "f16", 0.5, "f32"),
        ("f16-codes", "f16", [0.1, -2, 65504, 2.0**-24, -0.0], "f32", 0.3, "", None, "f32"),
        ("f64-codes", "f64", [0.1, -2, 1 + 2.0**-24, 1e-300, 3], "f32", 0.3, "f32", 0.1, "f32"),
        ("u32-codes", "u32", [0, 4294967295, 16777217, 16777219, 2147483649], "f32", 1.0, "", None, "f32"),
        ("u32-zero", "u32", [0, 4294967295, 16777217, 3000000001, 3], "f32", 0.1, "u32", 4294967295, "f32"),
        ("s32-zero", "s32", [-2147483648, 2147483647, 0, 16777217, -1], "f32", 0.1, "s32", -2147483648, "f32"),
        ("u32-float-zero", "u32", [16777217, 16777219, 4294967295, 1, 0], "f32", 0.1, "f32", 1.0, "f32"),
        ("mixed-widths", "u8", number, "f32", 0.1, "s32", 16777217, "f32"),
        ("to-f16", "u8", number, "f32", 0.1001, "", None, "f16"),
        ("to-bf16", "u8", number, "f32", 0.1001, "u8", 100, "bf16"),
        ("negative-scale", "s8", [-1, 0, 1, 127, -128], "f32", -0.5, "", None, "f32"),
        ("zero-scale", "s8", [-1, 0, 1, 127, -128], "f32", 0.0, "", None, "f32"),
        ("subnormal", "u8", number, "f32", 1e-45, "", None, "f32"),
    )
    for name, code_name, codes, scale_name, scale, zero_name, zero, result in cases:
        code_type, scale_type, target = dtypes.parse(code_name), dtypes.parse(scale_name), dtypes.parse(result)
        code_array, scale_array = np.array(codes).astype(code_type.storage), np.array(scale, scale_type.storage)
        zero_node, zero_array = None, None
        if zero_name:
            zero_array = np.array(zero, dtypes.parse(zero_name).storage)
            zero_node = plain(zero_array, dtypes.parse(zero_name))
        value = bits([scale << 16], dtypes.F32)[0] if scale_type == dtypes.BF16 else scale_array  # type: ignore[operator]
        float_type = np.float64 if scale_type == dtypes.F64 else np.float32
        zero_block = None if zero_array is None else zero_array.reshape(1)
        values = affine_values(code_array, np.reshape(value, 1), zero_block, (5,), float_type)
        wanted = np.array(bf16_bits(values)) if target == dtypes.BF16 else values.astype(target.storage)
        node = AffineNode(plain(code_array, code_type), plain(scale_array, scale_type), zero_node)
        draft.add(name, node, wanted, target)
    return draft


def affine_special() -> Draft:
    """Infinities, NaN, overflow; shapes without elements."""
    u8, s8, f32 = dtypes.unsigned(8), dtypes.signed(8), dtypes.F32
    draft = Draft("affine-special", "infinite and NaN scales, overflow; 0-d and empty arrays")
    codes = np.array([-1, 0, 1, 127], np.int8)
    for name, scale in (("infinite", np.inf), ("nan", np.nan), ("overflow", 1e38)):
        stored = np.array(scale, np.float32)
        wanted = affine_values(codes, stored.reshape(1), None, (4,), np.float32)
        draft.add(name, AffineNode(plain(codes, s8), plain(stored, f32)), wanted, f32, any_nan=True)
    node = AffineNode(plain(np.array(7), u8), plain(np.array(0.1), f32), plain(np.array(9), u8))
    draft.add("0-d", node, np.float32(-2) * np.float32(0.1), f32)
    empty = np.zeros((0, 3), np.uint8)
    draft.add("empty", AffineNode(plain(empty, u8), plain(np.array(0.1), f32)), empty, f32)
    draft.add("empty-blocks", AffineNode(plain(empty, u8), plain(empty, f32), None, (1, 1)), empty, f32)
    draft.add("empty-axis", AffineNode(plain(empty, u8), plain(empty[:, :1], f32), None, (1, 3)), empty, f32)
    return draft


def affine_nested() -> Draft:
    """Affine in affine, up to the greatest depth."""
    s8, f32, u4 = dtypes.signed(8), dtypes.F32, dtypes.unsigned(4)
    draft = Draft("affine-nested", "a scale that is itself affine, as k-quant super-blocks; a tree of depth 8")
    codes = (np.arange(30) * 7 % 16).reshape(2, 15).astype(np.uint8)
    inner = np.array([[1, 2, 3, 15], [4, 5, 6, 0]], np.uint8)
    outer = np.array([[0.5, 0.25], [0.1, 3.0]], np.float16)
    scale = affine_values(inner, outer, None, (1, 2), np.float32)
    scale_node = AffineNode(plain(inner, u4), plain(outer, dtypes.F16), None, (1, 2))
    node = AffineNode(plain(codes, u4), scale_node, plain(np.full((2, 4), 8), u4), (1, 4))
    draft.add("super-blocks", node, affine_values(codes, scale, np.full((2, 4), 8, np.uint8), (1, 4), np.float32), f32)
    values = np.array([-3, 5], np.int8)
    deep: Node = plain(values, s8)
    for _ in range(7):
        deep = AffineNode(deep, plain(np.array(0.5), f32))
    draft.add("depth-8", deep, values.astype(np.float32) * np.float32(0.5**7), f32)
    return draft


def manifest_drafts() -> Iterable[Draft]:
    """What else a manifest may hold."""
    one = np.array([1.0, 2.0], np.float32)
    yield Draft("empty", "no tensors at all")

    draft = Draft("text", "names and metadata outside ASCII, in the order of their UTF-8 bytes, which is not UTF-16's")
    for number, name in enumerate(("a", "B", "ä", "a\u0308", "\uffff", "\U00010000", "重み", " ", "../x", "x" * 1024)):
        draft.add(name, plain(one + number, dtypes.F32), one + number, dtypes.F32)
    draft.manifest = {"metadata": {"licence": "…", "\uffff": "\n", "\U00010000": "🙂", "é": "\0"}}
    yield draft

    draft = Draft("quality", "every field that records quality")
    codes = np.array([3, 4], np.int8)
    node = AffineNode(plain(codes, dtypes.signed(8)), plain(np.array(0.25), dtypes.F32))
    draft.add("w", node, codes * np.float32(0.25), dtypes.F32, quality=TensorQuality(0.125, 0.0625))
    evaluation = Evaluation("digits", 360, {"f1_macro": 0.5, "accuracy": 0.25, "gain": -0.0})
    draft.manifest = {"quality": ModelQuality(0.125, (evaluation,)), "recipe": "int8"}
    yield draft

    draft = Draft("graph", "a small network")
    weight, bias = np.arange(6, dtype=np.float32).reshape(3, 2), np.zeros(2, np.float32)
    draft.add("w", plain(weight, dtypes.F32), weight, dtypes.F32)
    draft.add("b", plain(bias, dtypes.F32), bias, dtypes.F32)
    nodes = (
        GraphNode("dense", "Gemm", ("x", "w", "b"), ("h",), {"alpha": 1.0, "transB": 0}),
        GraphNode("", "Relu", ("h",), ("y",)),
    )
    values = tuple(Value(name, dtypes.F32, ("N", size)) for name, size in (("x", 3), ("y", 2)))
    draft.manifest = {"graph": Graph("net", 17, nodes, values[:1], values[1:])}
    yield draft


def valid_vectors() -> Iterable[Vector]:
    """All valid files."""
    for drafts in (plain_drafts, coding_drafts, affine_drafts, manifest_drafts):
        for draft in drafts():
            yield draft.vector()
    draft = Draft("newer-minor-version", "version 1.7 with a field that version 1.0 does not have: read with a warning")
    draft.add("w", plain([5], dtypes.unsigned(8)), [5], dtypes.unsigned(8))
    draft.manifest = {"version": (1, 7)}
    yield draft.vector(warns=True, manifest=draft.manifest_bytes() + b"\xa2\x06\x03new")


# Invalid files

Change = Callable[[manifest_pb2.Manifest], object]


def base() -> tuple[list[bytes], manifest_pb2.Manifest]:
    """The chunks and manifest that invalid files start from; every part is valid."""
    draft = Draft("", "")
    draft.add("a", plain(np.arange(6).reshape(2, 3), dtypes.unsigned(8)), np.zeros((2, 3)), dtypes.unsigned(8))
    draft.add("b", in_chunks(np.arange(5), dtypes.F32), np.zeros(5), dtypes.F32)
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


def replaced(name: str, kind: str, at: str, rule: str, before: bytes, after: bytes) -> Vector:
    """A file in which one byte string was replaced after all was written."""
    chunks, message = base()
    data = laid_out(chunks, serialized(message))
    if data.count(before) != 1:
        raise ValueError(f"{name}: {before!r} stands {data.count(before)} times in the file")
    return invalid(name, kind, at, rule, data.replace(before, after))


def rewritten(name: str, kind: str, at: str, rule: str, rewrite: Callable[[bytes], bytes]) -> Vector:
    """A file whose serialized manifest was rewritten, its checksum included."""
    chunks, message = base()
    return invalid(name, kind, at, rule, laid_out(chunks, rewrite(serialized(message))))


OPEN, DECODE, VERIFY = "open", "decode", "verify"
CORRUPT, NON_CANONICAL, UNSUPPORTED, LIMIT = "corrupt", "non_canonical", "unsupported", "limit"
LONG = "n" * 1025


def invalid_vectors() -> Iterable[Vector]:
    """All invalid files."""
    for group in (frame_cases, chunk_cases, manifest_cases, name_cases, tensor_cases, buffer_cases):
        yield from group()
    for group in (zstd_cases, reserved_cases, affine_cases, alias_cases, limit_cases):
        yield from group()


def frame_cases() -> Iterable[Vector]:
    """Signature, trailer, and the frame of the manifest."""
    chunks, message = base()
    manifest = serialized(message)
    whole = laid_out(chunks, manifest)
    for name, rule, data in (
        ("signature-wrong", "the file starts with the signature", whole.replace(b"QMDL\r\n", b"QMDM\r\n", 1)),
        ("signature-text-mode", "CR LF in the signature was changed to LF", whole.replace(b"\r\n", b"\n", 1)),
        ("empty-file", "a file has a signature, a manifest and a trailer", b""),
        ("truncated-by-one", "the trailer ends the file", whole[:-1]),
        ("truncated-trailer", "the trailer ends the file", whole[:-26]),
        ("truncated-half", "the trailer ends the file", whole[: len(whole) // 2]),
        ("trailing-byte", "nothing follows the trailer", whole + b"\0"),
        ("two-files-joined", "the trailer's positions count from the start of the file", whole + whole),
        ("trailer-magic", "the magic is 0x4C444D51", whole[:-1] + b"M"),
        ("trailer-tag", "the trailer's tags are constants", whole[:-26] + b"\x7a\x18\x0a" + whole[-23:]),
        ("trailer-offset", "offset plus size is where the trailer starts", whole[:-23] + bytes(8) + whole[-15:]),
        ("trailer-checksum", "CRC-32C of the manifest", whole[:-9] + bytes(4) + whole[-5:]),
    ):
        yield invalid(name, CORRUPT, OPEN, rule, data)
    at = len(whole) - 26 - len(manifest)
    flipped = whole[:at] + bytes((whole[at] ^ 0x80,)) + whole[at + 1 :]
    yield invalid("manifest-bit-flipped", CORRUPT, OPEN, "CRC-32C of the manifest", flipped)
    header = field_header(MANIFEST_TAG, len(manifest))
    before = whole[: at - len(header)]
    frames = (
        ("manifest-frame-tag", CORRUPT, "tag 22 and the size precede the manifest", b"\x2a" + header[1:]),
        ("manifest-frame-overlong", CORRUPT, "sizes are shortest varints", header[:-1] + bytes((header[-1] | 0x80, 0))),
        ("manifest-second-before", NON_CANONICAL, "one manifest, right after the chunks", b"\x22\x02\x08\x01" + header),
        ("unknown-top-level-field", NON_CANONICAL, "nothing between chunks and manifest", b"\x32\x01x" + header),
        ("padding-before-manifest", NON_CANONICAL, "nothing between chunks and manifest", b"\x1a\x01\0" + header),
    )
    for name, kind, rule, frame in frames:
        offset = len(before) + len(frame)
        trailer = pack_trailer(offset, len(manifest), crc32c(manifest))
        yield invalid(name, kind, OPEN, rule, before + frame + manifest + trailer)
    second = before + header + manifest + b"\x22\x02\x08\x01" + whole[-26:]
    yield invalid("manifest-second-after", CORRUPT, OPEN, "the trailer follows the manifest", second)
    yield invalid("manifest-empty", UNSUPPORTED, OPEN, "version_major is 1; it is absent here", laid_out((), b""))


def chunk_cases() -> Iterable[Vector]:
    """Padding, the frames of chunks, and the chunk table."""
    chunks, message = base()
    whole = laid_out(chunks, serialized(message))
    first, second = (chunk.offset for chunk in message.chunks[:2])
    gap = second - 2 - (first + len(chunks[0]))
    at = second - 2 - gap

    def with_gap(filling: bytes) -> bytes:
        return whole[:at] + filling + whole[at + len(filling) :]

    for name, rule, filling in (
        ("padding-not-zero", "padding is zeros", with_gap(bytes((0x1A, gap - 2)) + bytes(gap - 3) + b"\x01")),
        ("padding-split", "one padding field", with_gap(bytes((0x1A, 1, 0, 0x1A, gap - 5)))),
        ("padding-other-field", "nothing but padding fills a gap", with_gap(b"\x2a")),
        ("padding-holds-manifest", "a second manifest, which merges with the first in a parser", with_gap(b"\x22")),
        ("padding-overlong", "sizes are shortest varints", with_gap(bytes((0x1A, (gap - 3) | 0x80, 0)))),
    ):
        yield invalid(name, NON_CANONICAL, VERIFY, rule, filling)
    overlong = with_gap(bytes((0x1A, gap - 3)) + bytes(gap - 3) + bytes((0x12, len(chunks[1]) | 0x80, 0)))
    for name, rule, data in (
        ("chunk-frame-tag", "tag 12 precedes a chunk", whole[: second - 2] + b"\x2a" + whole[second - 1 :]),
        ("chunk-frame-size", "the frame's size is the table's", whole[: second - 1] + b"\x05" + whole[second:]),
        ("chunk-frame-overlong", "sizes are shortest varints", overlong),
        ("chunk-bit-flipped", "CRC-32C of the chunk", whole[:second] + b"\xff" + whole[second + 1 :]),
    ):
        yield invalid(name, CORRUPT, DECODE, rule, data)
    unaligned = bytearray(SIGNATURE)
    for entry, chunk in zip(message.chunks, chunks, strict=True):
        unaligned += field_header(0x12, len(chunk))
        entry.offset = len(unaligned)
        unaligned += chunk
    manifest = serialized(message)
    unaligned += field_header(MANIFEST_TAG, len(manifest))
    unaligned += manifest + pack_trailer(len(unaligned), len(manifest), crc32c(manifest))
    yield invalid("chunk-unaligned", CORRUPT, OPEN, "chunks are aligned to 64", bytes(unaligned))

    place = "a chunk's offset follows from the sizes before it"
    for name, kind, rule, change in (
        ("chunk-offset-moved", CORRUPT, place, lambda m: setattr(m.chunks[0], "offset", 128)),
        ("chunk-offset-overlaps", CORRUPT, place, lambda m: setattr(m.chunks[1], "offset", 64)),
        ("chunk-table-swapped", CORRUPT, place, swap_chunks),
        ("chunk-size-zero", CORRUPT, "a chunk has at least one byte", lambda m: setattr(m.chunks[0], "size", 0)),
        ("chunk-size-above-1-gib", CORRUPT, "1 GiB at most", lambda m: setattr(m.chunks[2], "size", (1 << 30) + 1)),
        ("chunk-reaches-manifest", CORRUPT, "chunks end where the manifest field starts", one_long_chunk),
        ("chunk-not-in-table", NON_CANONICAL, "every chunk is in the table", drop_last_chunk),
    ):
        yield changed(name, kind, OPEN, rule, change)
    wrong: Change = lambda m: setattr(m.chunks[0], "crc32c", 1)  # noqa: E731
    yield changed("chunk-checksum", CORRUPT, DECODE, "CRC-32C of the chunk", wrong)
    unused = lambda m: m.tensors.remove(of(m, "d"))  # noqa: E731
    yield changed("chunk-unreferenced", NON_CANONICAL, VERIFY, "every chunk belongs to a tensor", unused)


def swap_chunks(message: manifest_pb2.Manifest) -> None:
    """Exchange two entries of the chunk table and the references to them."""
    entries = [manifest_pb2.Chunk.FromString(entry.SerializeToString()) for entry in message.chunks]
    message.chunks[0].CopyFrom(entries[1])
    message.chunks[1].CopyFrom(entries[0])


def one_long_chunk(message: manifest_pb2.Manifest) -> None:
    """Let the last chunk of the table be longer than what stands before the manifest."""
    message.chunks[-1].size += 200


def drop_last_chunk(message: manifest_pb2.Manifest) -> None:
    """Remove the last tensor with chunks, and its chunks from the table."""
    message.tensors.remove(of(message, "d"))
    del message.chunks[1:]


def manifest_cases() -> Iterable[Vector]:
    """Serialization, version, features, quality."""
    canonical = "one canonical serialization"
    for name, kind, rule, rewrite in (
        ("manifest-not-protobuf", CORRUPT, "a protobuf message", lambda m: m + b"\x22\x09x"),
        ("manifest-invalid-utf8", CORRUPT, "text is UTF-8", lambda m: m.replace(b"conf", b"\xff\xfe\xff\xfe")),
        ("manifest-unknown-field", CORRUPT, "no unknown fields in version 1.0", lambda m: m + b"\xa2\x06\x03new"),
        ("manifest-field-order", NON_CANONICAL, canonical, lambda m: m[2:] + m[:2]),
        ("manifest-overlong-varint", NON_CANONICAL, canonical, lambda m: b"\x08\x81\x00" + m[2:]),
        ("manifest-default-written", NON_CANONICAL, canonical, lambda m: m[:2] + b"\x10\x00" + m[2:]),
        ("manifest-field-twice", NON_CANONICAL, canonical, lambda m: m[:2] + m),
        ("manifest-not-packed", NON_CANONICAL, canonical, lambda m: m.replace(b"\x12\2\2\3", b"\x10\2\x10\3", 1)),
    ):
        yield rewritten(name, kind, OPEN, rule, rewrite)
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
    unknown = lambda m: of(m, "a").MergeFromString(b"\xa2\x06\x03new")  # noqa: E731
    yield changed("tensor-unknown-field", CORRUPT, OPEN, "no unknown fields in version 1.0", unknown)
    for major in (0, 2):
        change = lambda m, major=major: setattr(m, "version_major", major)  # noqa: E731
        yield changed(f"version-{major}", UNSUPPORTED, OPEN, "version_major is 1", change)
    for name, kind, at, rule, features in (
        ("feature-unknown", UNSUPPORTED, OPEN, "a reader has every required feature", ["affine", "alias", "teleport"]),
        ("features-unsorted", CORRUPT, OPEN, "features are sorted", ["alias", "affine"]),
        ("feature-twice", CORRUPT, OPEN, "features are unique", ["affine", "affine", "alias"]),
        ("feature-not-listed", NON_CANONICAL, VERIFY, "the features listed are those used", ["alias"]),
        ("feature-not-used", NON_CANONICAL, VERIFY, "the features listed are those used", ["affine", "alias", "zstd"]),
    ):
        yield changed(name, kind, at, rule, lambda m, features=features: set_features(m, features))
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


def set_features(message: manifest_pb2.Manifest, features: Sequence[str]) -> None:
    """Replace the list of required features."""
    message.required_features[:] = features


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


def tensor_cases() -> Iterable[Vector]:
    """Shapes, element types, the tree, conversions."""
    for name, rule, change in (
        ("shape-33-axes", "at most 32 axes", lambda m: of(m, "a").shape.extend([1] * 31)),
        ("shape-too-many-elements", "at most 2^60 - 1 elements", lambda m: set_shape(m, [1 << 32, 1 << 32])),
        ("shape-empty-but-huge", "2^60 - 1 also with 0 counted as 1", lambda m: set_shape(m, [0, 1 << 61])),
        ("element-type-missing", "a tensor has an element type", lambda m: of(m, "a").ClearField("element_type")),
        ("element-type-unknown", "a number of the schema", lambda m: setattr(of(m, "a"), "element_type", 133)),
        ("element-type-negative", "a number of the schema", lambda m: setattr(of(m, "a"), "element_type", -1)),
        ("encoding-missing", "a tensor has an encoding", lambda m: of(m, "a").ClearField("encoding")),
        ("encoding-without-node", "an encoding has a node", lambda m: of(m, "a").encoding.ClearField("plain")),
        ("plain-without-buffer", "plain has a buffer", lambda m: of(m, "a").encoding.plain.ClearField("buffer")),
        ("count-wrong", "a buffer has the elements of its array", lambda m: setattr(buffer(m, "a"), "count", 5)),
        ("count-huge", "a buffer has the elements of its array", lambda m: setattr(buffer(m, "a"), "count", 2**64 - 1)),
    ):
        yield changed(name, CORRUPT, OPEN, rule, change)
    for stored, size, declared in (
        ("f32", 24, "u8"),
        ("u8", 6, "f32"),
        ("u8", 6, "u7"),
        ("s8", 6, "u16"),
        ("u8", 6, "s8"),
        ("bool", 1, "u1"),
        ("u1", 1, "bool"),
        ("f32", 24, "e8m0"),
        ("f32", 24, "f8e4m3"),
        ("f16", 12, "f4e2m1"),
    ):
        change = lambda m, stored=stored, size=size, declared=declared: set_types(m, stored, size, declared)  # noqa: E731
        yield changed(f"stored-{stored}-as-{declared}", CORRUPT, OPEN, "a file may not imply this conversion", change)


def set_shape(message: manifest_pb2.Manifest, shape: Sequence[int]) -> None:
    """Give tensor a a shape, and no payload when it is empty."""
    of(message, "a").shape[:] = shape
    of(message, "a").element_type = 3  # type: ignore[assignment]
    stored = buffer(message, "a")
    stored.element_type, stored.count = 3, min(int(np.prod(shape, dtype=object)), (1 << 64) - 1)  # type: ignore[assignment]
    if not stored.count:
        stored.ClearField("inline")


def set_types(message: manifest_pb2.Manifest, stored: str, size: int, declared: str) -> None:
    """Store zeros of one type for tensor a of another."""
    of(message, "a").element_type = type_number(declared)  # type: ignore[assignment]
    buffer(message, "a").element_type = type_number(stored)  # type: ignore[assignment]
    buffer(message, "a").inline = bytes(size)


def type_number(name: str) -> int:
    """The number of an element type in the schema."""
    return int(types_pb2.ElementType.Value(f"ELEMENT_TYPE_{name.upper()}"))


def buffer_cases() -> Iterable[Vector]:
    """Payloads, chunk runs, codings."""
    run = "the number of chunks follows from count and elements_per_chunk"
    for name, rule, change in (
        ("coding-missing", "a buffer has a coding", lambda m: buffer(m, "a").ClearField("packed")),
        ("codec-unknown", "a number of the schema", lambda m: setattr(buffer(m, "a").packed, "codec", 99)),
        ("filter-unknown", "a number of the schema", lambda m: setattr(buffer(m, "a").packed, "filter", 99)),
        ("shuffle-of-u8", "16, 32 or 64 bits", lambda m: setattr(buffer(m, "a").packed, "filter", 1)),
        ("payload-missing", "elements need a payload", lambda m: buffer(m, "a").ClearField("inline")),
        ("payload-too-short", "raw payloads have one size", lambda m: setattr(buffer(m, "a"), "inline", b"12345")),
        ("payload-too-long", "raw payloads have one size", lambda m: setattr(buffer(m, "a"), "inline", b"1234567")),
        ("payload-of-nothing", "no elements, no payload", no_elements),
        ("inline-1025-bytes", "at most 1,024 bytes inline", lambda m: set_bytes(m, 1025)),
        ("chunk-too-short", "raw payloads have one size", lambda m: set_lengths(m, "b", 6)),
        ("chunk-index-out-of-range", "an entry of the table", lambda m: setattr_at(m, "b", [3])),
        ("chunk-run-empty", "at least one chunk", lambda m: setattr_at(m, "b", [])),
        ("chunk-run-too-short", run, lambda m: setattr_at(m, "d", [1], 16)),
        ("chunk-run-too-long", run, lambda m: setattr_at(m, "d", [1, 2, 2], 16)),
        ("chunk-run-without-length", run, lambda m: setattr_at(m, "d", [1, 2], 0)),
        ("one-chunk-with-length", "absent with one chunk", lambda m: setattr_at(m, "b", [0], 8)),
        ("chunk-length-not-of-8", "a multiple of 8", lambda m: setattr_at(m, "d", [1, 2], 12)),
        ("chunk-length-above-1-gib", "1 GiB packed at most", two_huge_chunks),
    ):
        yield changed(name, CORRUPT, OPEN, rule, change)
    yield changed("unused-bits-set", CORRUPT, DECODE, "unused bits are 0", unused_bits)


def no_elements(message: manifest_pb2.Manifest) -> None:
    """An empty payload where there should be none."""
    of(message, "a").shape[:] = [0]
    buffer(message, "a").count, buffer(message, "a").inline = 0, b""


def set_bytes(message: manifest_pb2.Manifest, count: int, data: bytes | None = None, *, codec: int = 0) -> None:
    """Make tensor a `count` bytes with an inline payload, zeros unless given."""
    of(message, "a").shape[:] = [count]
    stored = buffer(message, "a")
    stored.count, stored.inline = count, bytes(count) if data is None else data
    stored.packed.codec = codec  # type: ignore[assignment]


def set_lengths(message: manifest_pb2.Manifest, name: str, count: int) -> None:
    """Give a plain tensor one axis of `count` elements."""
    of(message, name).shape[:] = [count]
    buffer(message, name).count = count
    of(message, "e").shape[:] = [count]


def setattr_at(message: manifest_pb2.Manifest, name: str, indices: Sequence[int], per_chunk: int = 0) -> None:
    """Replace the chunk run of a plain tensor."""
    run = buffer(message, name).chunks
    run.index[:] = indices
    run.elements_per_chunk = per_chunk
    run.SetInParent()


def two_huge_chunks(message: manifest_pb2.Manifest) -> None:
    """A run whose first chunk would hold more than 1 GiB."""
    length = (1 << 30) + 8
    of(message, "d").shape[:] = [length + 1]
    of(message, "d").element_type = buffer(message, "d").element_type = type_number("u8")  # type: ignore[assignment]
    buffer(message, "d").packed.codec = 1  # type: ignore[assignment]
    buffer(message, "d").count = length + 1
    buffer(message, "d").chunks.elements_per_chunk = length
    set_features(message, ["affine", "alias", "zstd"])


def unused_bits(message: manifest_pb2.Manifest) -> None:
    """Three elements of 3 bits, and a bit set behind them."""
    set_bytes(message, 3, b"\x00\x02")
    of(message, "a").element_type = buffer(message, "a").element_type = type_number("u3")  # type: ignore[assignment]


def zstd_cases() -> Iterable[Vector]:
    """Frames that hold something else than the elements."""
    good = zstd_frame(b"qmodel")
    checked = bytes.fromhex(ZSTD_CHECKSUM_HEX)
    no_size = b"\x28\xb5\x2f\xfd\x00\x00" + good[9:]
    for name, rule, count, data in (
        ("zstd-size-differs", "Frame_Content_Size is the packed size", 5, good),
        ("zstd-no-content-size", "Frame_Content_Size is present", 6, no_size),
        ("zstd-holds-less", "a frame holds what it declares", 7, zstd_frame(b"qmodel", declared=7)),
        ("zstd-holds-more", "a frame holds what it declares", 6, zstd_frame(b"q", declared=6, repeat=131072)),
        ("zstd-bomb", "Frame_Content_Size is the packed size", 6, zstd_frame(b"q", declared=1 << 30, repeat=131072)),
        ("zstd-trailing-byte", "one frame and nothing else", 6, good + b"\0"),
        ("zstd-two-frames", "one frame and nothing else", 6, zstd_frame(b"qmo") + zstd_frame(b"del")),
        ("zstd-skippable-after", "one frame and nothing else", 6, good + b"\x50\x2a\x4d\x18" + bytes(4)),
        ("zstd-skippable-before", "one frame and nothing else", 6, b"\x50\x2a\x4d\x18" + bytes(4) + good),
        ("zstd-dictionary", "no dictionary", 6, b"\x28\xb5\x2f\xfd\xa1\x07" + good[5:]),
        ("zstd-checksum", "a Content_Checksum, where there is one, is right", 96, checked[:-1] + b"\0"),
        ("zstd-truncated", "one whole frame", 6, good[:-1]),
        ("zstd-reserved-block", "RFC 8878", 6, good[:9] + bytes((good[9] | 6,)) + good[10:]),
        ("zstd-not-a-frame", "RFC 8878", 6, b"qmodel"),
        ("zstd-empty", "RFC 8878", 6, b""),
    ):
        yield changed(name, CORRUPT, DECODE, rule, lambda m, count=count, data=data: zstd_bytes(m, count, data))
    odd = lambda m: (zstd_bytes(m, 3, zstd_frame(b"\x00\x02")), narrow(m))  # noqa: E731
    yield changed("zstd-unused-bits-set", CORRUPT, DECODE, "unused bits are 0", odd)


def zstd_bytes(message: manifest_pb2.Manifest, count: int, data: bytes) -> None:
    """Make tensor a `count` bytes, compressed as given."""
    set_bytes(message, count, data, codec=1)
    set_features(message, ["affine", "alias", "zstd"])


def narrow(message: manifest_pb2.Manifest) -> None:
    """Make tensor a one of 3 bits an element."""
    of(message, "a").element_type = buffer(message, "a").element_type = type_number("u3")  # type: ignore[assignment]


def reserved_cases() -> Iterable[Vector]:
    """What the schema has and version 1.0 does not define yet."""
    nodes = ("codebook", "sparse", "trellis", "low_rank", "sum", "hashed", "transform", "delta")
    for node in nodes:
        change = lambda m, node=node: getattr(of(m, "a").encoding, node).SetInParent()  # noqa: E731
        yield reserved(f"encoding-{node.replace('_', '-')}", node, change)
    for coding in ("rans", "arithmetic"):
        change = lambda m, coding=coding: getattr(buffer(m, "a"), coding).SetInParent()  # noqa: E731
        yield reserved(f"coding-{coding}", coding, change)
    for name, number in (("bit_planes", 2), ("float_planes", 3)):
        change = lambda m, number=number: setattr(buffer(m, "a").packed, "filter", number)  # noqa: E731
        yield reserved(f"filter-{name.replace('_', '-')}", name, change)
    for name, number in (("zlib", 2), ("lz4", 3), ("lzo", 4), ("brotli", 5)):
        change = lambda m, number=number: setattr(buffer(m, "a").packed, "codec", number)  # noqa: E731
        yield reserved(f"codec-{name}", name, change)
    undeclared = lambda m: of(m, "a").encoding.trellis.SetInParent()  # noqa: E731
    yield changed("encoding-trellis-not-listed", UNSUPPORTED, OPEN, "an encoding without a codec", undeclared)


def reserved(name: str, feature: str, change: Change) -> Vector:
    """A file that uses and lists a reserved feature."""
    rule = f"`{feature}` is reserved"

    def use(message: manifest_pb2.Manifest) -> None:
        change(message)
        set_features(message, sorted(["affine", "alias", feature]))

    return changed(f"reserved-{name}", UNSUPPORTED, OPEN, rule, use)


def affine_cases() -> Iterable[Vector]:
    """Blocks, counts and types of affine."""

    def affine(change: Callable[[Any], object]) -> Change:
        return lambda m: change(of(m, "c").encoding.affine)

    def stored(part: str, element_type: str, data: bytes) -> Change:
        def change(message: manifest_pb2.Manifest) -> None:
            target = getattr(of(message, "c").encoding.affine, part).plain.buffer
            target.element_type, target.inline = type_number(element_type), data

        return change

    rank, length = "a block has a length for each axis", "a block is 1 to the axis long"
    for name, rule, change in (
        ("affine-block-rank", rank, affine(lambda a: a.block_shape.append(1))),
        ("affine-block-too-long", length, affine(lambda a: a.block_shape.__setitem__(1, 4))),
        ("affine-block-zero", length, affine(lambda a: a.block_shape.__setitem__(1, 0))),
        ("affine-block-of-0-d", rank, block_of_one),
        ("affine-scale-count", "one scale for each block", affine(lambda a: a.block_shape.__setitem__(1, 2))),
        ("affine-zero-count", "one zero point for each block", affine(one_zero_point)),
        ("affine-without-codes", "affine has codes", affine(lambda a: a.ClearField("codes"))),
        ("affine-without-scale", "affine has a scale", affine(lambda a: a.ClearField("scale"))),
        ("affine-codes-bool", "codes are numbers", stored("codes", "bool", bytes(1))),
        ("affine-codes-u64", "codes have at most 32 bits, or are floats", stored("codes", "u64", bytes(48))),
        ("affine-zero-s64", "zero points have at most 32 bits, or are floats", stored("zero_point", "s64", bytes(16))),
        ("affine-scale-integer", "a scale is a float", stored("scale", "u8", bytes(2))),
        ("affine-for-integers", "affine gives floats", lambda m: setattr(of(m, "c"), "element_type", 108)),
        ("nesting-9", "a tree is at most 8 nodes deep", lambda m: nest(m, 8)),
    ):
        yield changed(name, CORRUPT, OPEN, rule, change)


def block_of_one(message: manifest_pb2.Manifest) -> None:
    """A 0-d affine tensor with a block shape."""
    affine = of(message, "c").encoding.affine
    of(message, "c").shape[:] = []
    affine.ClearField("zero_point")
    affine.block_shape[:] = [1]
    affine.codes.plain.buffer.count, affine.codes.plain.buffer.inline = 1, b"\1"
    affine.scale.plain.buffer.count, affine.scale.plain.buffer.inline = 1, bytes(4)


def one_zero_point(affine: Any) -> None:
    """One zero point where two blocks are."""
    affine.zero_point.plain.buffer.count, affine.zero_point.plain.buffer.inline = 1, bytes(1)


def nest(message: manifest_pb2.Manifest, times: int) -> None:
    """Wrap the codes of tensor c into as many nodes."""
    encoding = of(message, "c").encoding
    scale = encoding.affine.scale.plain.buffer
    encoding.affine.ClearField("zero_point")
    encoding.affine.ClearField("block_shape")
    scale.count, scale.inline = 1, b"\0\0\x80\x3f"
    for _ in range(times - 1):
        outer = type(encoding)()
        outer.affine.codes.CopyFrom(encoding)
        outer.affine.scale.plain.buffer.CopyFrom(scale)
        encoding.CopyFrom(outer)


def alias_cases() -> Iterable[Vector]:
    """Aliases of what may not be aliased."""
    chain = "an alias refers to a tensor without an alias in its tree"

    def alias(name: str, target: str) -> Change:
        return lambda m: setattr(of(m, name).encoding.alias, "tensor", target)

    for name, rule, change in (
        ("alias-missing", "the tensor exists", alias("e", "nothing")),
        ("alias-of-nothing", "the tensor exists", alias("e", "")),
        ("alias-itself", chain, alias("e", "e")),
        ("alias-cycle", chain, alias("b", "e")),
        ("alias-of-alias", chain, alias_chain),
        ("alias-of-tree-with-alias", chain, alias_of_tree),
        ("alias-in-its-own-tree", chain, lambda m: setattr(of(m, "c").encoding.affine.codes.alias, "tensor", "c")),
        ("alias-other-shape", "the shapes are equal", lambda m: of(m, "e").shape.append(1)),
        ("alias-other-type", "the element types are equal", lambda m: setattr(of(m, "e"), "element_type", 2)),
    ):
        yield changed(name, CORRUPT, OPEN, rule, change)


def alias_chain(message: manifest_pb2.Manifest) -> None:
    """A third tensor that refers to the alias."""
    message.tensors.add(name="f", shape=[5], element_type=3).encoding.alias.tensor = "e"  # type: ignore[arg-type]


def alias_of_tree(message: manifest_pb2.Manifest) -> None:
    """Codes that are an alias, and an alias of their tensor."""
    of(message, "c").encoding.affine.codes.alias.tensor = "a"
    message.tensors.add(name="f", shape=[2, 3], element_type=3).encoding.alias.tensor = "c"  # type: ignore[arg-type]


def limit_cases() -> Iterable[Vector]:
    """Files within the format that a reader with these limits refuses."""
    keep: Change = lambda m: None  # noqa: E731
    rule = "no more than the reader may spend"
    for name, limits, change in (
        ("limit-tensors", {"max_tensors": 4}, keep),
        ("limit-chunks", {"max_chunks": 2}, keep),
        ("limit-manifest", {"max_manifest_bytes": 100}, keep),
        ("limit-tensor", {"max_tensor_bytes": 5}, keep),
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


def many_elements(message: manifest_pb2.Manifest) -> None:
    """Seventeen times the same chunk, of 1 GiB when decoded."""
    of(message, "d").shape[:] = [17 << 30]
    of(message, "d").element_type = buffer(message, "d").element_type = type_number("u8")  # type: ignore[assignment]
    buffer(message, "d").packed.codec = 1  # type: ignore[assignment]
    buffer(message, "d").count = 17 << 30
    setattr_at(message, "d", [1] * 17, 1 << 30)
    set_features(message, ["affine", "alias", "zstd"])


def vectors() -> list[tuple[str, Vector]]:
    """All vectors with their folders."""
    found = [("valid", vector) for vector in valid_vectors()] + [("invalid", vector) for vector in invalid_vectors()]
    if len({(folder, vector.name) for folder, vector in found}) != len(found):
        raise ValueError("two vectors have the same name")
    return found


def files() -> dict[str, bytes]:
    """The content of every file of the set, by its path below the target."""
    made: dict[str, bytes] = {}
    index: dict[str, list[dict[str, Any]]] = {"valid": [], "invalid": []}
    for folder, vector in vectors():
        path = f"{folder}/{vector.name}"
        made[f"{path}.qmodel"] = vector.data
        if vector.expected is not None:
            made[f"{path}.json"] = as_json(vector.expected)
        index[folder].append({"file": f"{path}.qmodel", **vector.entry})
    made["index.json"] = as_json(index)
    return made


def as_json(value: object) -> bytes:
    """The one way these files spell JSON."""
    return (json.dumps(value, indent=1, ensure_ascii=True) + "\n").encode()


def differences(target: Path = TARGET) -> list[str]:
    """Name every file that is missing, left over or different from what would be written."""
    made = files()
    present = {path.relative_to(target).as_posix(): path.read_bytes() for path in target.rglob("*") if path.is_file()}
    present.pop("README.md", None)
    return sorted(path for path in made.keys() | present.keys() if made.get(path) != present.get(path))


def main() -> int:
    """Entry point; 0 when all is current, 1 when a check found differences."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    if parser.parse_args().check:
        stale = differences()
        print("\n".join(stale) or "the conformance vectors are current", file=sys.stderr if stale else sys.stdout)
        return 1 if stale else 0
    for path in differences():
        (TARGET / path).unlink(missing_ok=True)
    for path, content in files().items():
        (TARGET / path).parent.mkdir(parents=True, exist_ok=True)
        (TARGET / path).write_bytes(content)
    return 0


if __name__ == "__main__":
    sys.exit(main())
