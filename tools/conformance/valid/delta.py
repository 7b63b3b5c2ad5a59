"""delta: a base, a file of what changed, and what changed once more."""

import hashlib
import struct
from collections.abc import Iterable
from typing import Any

import numpy as np

from qmodel import dtypes
from qmodel.dtypes import ElementType
from qmodel.encodings import AffineNode, AliasNode, DeltaNode, Node
from tools.conformance.arithmetic import affine_values, bf16_bits
from tools.conformance.draft import Draft
from tools.conformance.stored import plain

ADD, XOR = 1, 2
MOST_DELTAS = 8
FLOATS = [0.1, -2.5, 1e-3, 3.0, -0.0, 7.25]
# Names, element types and storage of the base's tensors.
BASE: dict[str, tuple[str, Any]] = {
    "bf16": ("bf16", bf16_bits(FLOATS)),
    "bool": ("bool", [True, False, True]),
    "empty": ("f32", np.zeros((0, 3))),
    "f16": ("f16", FLOATS),
    "f32": ("f32", np.reshape(FLOATS, (2, 3))),
    "f64": ("f64", FLOATS),
    "s5": ("s5", [-16, -1, 0, 15]),
    "scalar": ("f32", 1.5),
    "u64": ("u64", [0, (1 << 64) - 1]),
}


def delta_drafts() -> Iterable[Draft]:
    """A base, a file of deltas against it, and one of deltas against those."""
    yield from (delta_base(), delta(), delta_chain())
    yield from (deep_delta(depth) for depth in range(1, MOST_DELTAS + 1))


def delta_base() -> Draft:
    """The tensors that others change."""
    draft = Draft("delta-base", "the base of `delta`")
    for name, (type_name, values) in BASE.items():
        element_type = dtypes.parse(type_name)
        draft.add(name, plain(values, element_type), values, element_type)
    return draft


def delta() -> Draft:
    """Both operations, on every kind of type, and bases of other names."""
    draft = Draft(
        "delta", "exclusive or of every kind of type; sums, also quantized; bases of other names", bases=("delta-base",)
    )
    for name in BASE:
        element_type, base = base_of(name)
        add_xor(draft, f"xor.{name}", name, base, element_type)
    add_xor(draft, "xor.renamed", "no such name", base_of("f32")[1], dtypes.F32, stored_of="f32")
    add_xor(draft, "xor.misnamed", "f64", base_of("f32")[1], dtypes.F32, stored_of="f32")
    add_xor(draft, "xor.unnamed", "", base_of("f32")[1], dtypes.F32, stored_of="f32")
    draft.add("xor.alias", AliasNode("xor.f32"), changed(base_of("f32")[1], dtypes.F32), dtypes.F32)
    for base_name, residual_type, declared in (
        ("f32", "f32", "f32"),
        ("f32", "f64", "f64"),
        ("f64", "f32", "f64"),
        ("f16", "f16", "f32"),
        ("f16", "f32", "f16"),
    ):
        element_type, base = base_of(base_name)
        wide: Any = np.float64 if "f64" in (base_name, residual_type) else np.float32
        residual = (np.arange(6).reshape(base.shape) / 7).astype(dtypes.parse(residual_type).storage)
        total = base.astype(wide) + residual.astype(wide)
        node = node_of(base_name, plain(residual, dtypes.parse(residual_type)), ADD)
        target = dtypes.parse(declared)
        draft.add(f"add.{base_name}.{residual_type}.{declared}", node, total.astype(target.storage), target)
    codes, scale = np.array([[-3, 2, 1], [0, 7, -8]], np.int8), np.float32(0.1)
    inner = AffineNode(plain(codes, dtypes.signed(4)), plain(scale, dtypes.F32))
    total = base_of("f32")[1] + affine_values(codes, [[scale]], None, codes.shape, np.float32)
    draft.add("add.affine", node_of("f32", inner, ADD), total, dtypes.F32)
    return draft


def delta_chain() -> Draft:
    """A delta against a delta."""
    draft = Draft("delta-chain", "a delta whose base is a delta", bases=("delta", "delta-base"))
    base = changed(base_of("f32")[1], dtypes.F32)
    node = DeltaNode(digest(base, dtypes.F32), "xor.f32", residual_of(base, dtypes.F32), XOR, dtypes.F32)
    draft.add("twice", node, changed(base, dtypes.F32), dtypes.F32)
    return draft


def deep_delta(depth: int) -> Draft:
    """A delta of the file before, which is a delta in turn, and so on to the base."""
    names = (*(f"delta-{below}-deep" for below in range(depth - 1, 0, -1)), "delta-base")
    plural = "s, each the base of the one before" if depth > 1 else ""
    draft = Draft(f"delta-{depth}-deep", f"{depth} delta{plural}", bases=names)
    element_type, base = base_of("scalar")
    for below in range(depth - 1):
        base = moved(base, below)
    residual = plain(np.array(bit_of(depth - 1), np.uint32), dtypes.unsigned(32))
    name = "scalar" if depth == 1 else "w"
    node = DeltaNode(digest(base, element_type), name, residual, XOR, element_type)
    draft.add("w", node, moved(base, depth - 1), element_type)
    return draft


def bit_of(depth: int) -> int:
    """The bit that a delta changes."""
    return 1 << depth


def moved(base: Any, depth: int) -> Any:
    """The base with that bit changed."""
    return (base.view(np.uint32) ^ np.uint32(bit_of(depth))).view(np.float32)


def base_of(name: str) -> tuple[ElementType, Any]:
    """Type and storage of a tensor of the base."""
    type_name, values = BASE[name]
    element_type = dtypes.parse(type_name)
    return element_type, np.asarray(values, element_type.storage)


def node_of(name: str, residual: Node, operation: int) -> DeltaNode:
    """A delta against a tensor of the base."""
    element_type, base = base_of(name)
    return DeltaNode(digest(base, element_type), name, residual, operation, element_type)


def add_xor(draft: Draft, name: str, base_name: str, base: Any, element_type: ElementType, stored_of: str = "") -> None:
    """Add the exclusive or of a base with a residual that changes its lower bits."""
    node = DeltaNode(digest(base, element_type), base_name, residual_of(base, element_type), XOR, element_type)
    draft.add(name, node, changed(base, element_type), element_type)


def residual_of(base: Any, element_type: ElementType) -> Node:
    """Bits to be changed: 1, 0, 1, …, and the upper bit of every second change."""
    return plain(pattern(base.size, element_type.bits).reshape(base.shape), dtypes.unsigned(element_type.bits))


def pattern(count: int, width: int) -> Any:
    """Numbers of `width` bits."""
    numbers = [(1 << (width - 1) | 1 if i % 4 == 0 else i % 2) for i in range(count)]
    return np.array(numbers, np.uint64)


def changed(base: Any, element_type: ElementType) -> Any:
    """The base with these bits changed, element by element in Python's integers."""
    width, unsigned = element_type.bits, np.dtype(f"u{base.dtype.itemsize}")
    found = []
    for bits, change in zip(base.reshape(-1).view(unsigned).tolist(), pattern(base.size, width).tolist(), strict=True):
        number = (bits ^ change) & ((1 << width) - 1)
        if element_type.kind == "signed" and number >> (width - 1):
            number += (1 << 8 * base.dtype.itemsize) - (1 << width)
        found.append(number)
    return np.array(found, unsigned).view(base.dtype).reshape(base.shape)


def digest(base: Any, element_type: ElementType) -> bytes:
    """The digest of spec/encodings/delta.md."""
    name = str(element_type).encode()
    header = bytes([len(name)]) + name + struct.pack(f"<I{base.ndim}Q", base.ndim, *base.shape)
    stream = 0
    unsigned = np.dtype(f"u{base.dtype.itemsize}")
    for place, bits in enumerate(base.reshape(-1).view(unsigned).tolist()):
        stream |= (bits & ((1 << element_type.bits) - 1)) << place * element_type.bits
    return hashlib.sha256(header + stream.to_bytes((base.size * element_type.bits + 7) // 8, "little")).digest()
