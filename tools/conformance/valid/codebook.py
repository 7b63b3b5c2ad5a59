"""Every form of codebook, and what may be inside and around one."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from qmodel import dtypes
from qmodel.dtypes import ElementType
from qmodel.encodings import AffineNode, AliasNode, CodebookNode, Node, SparseNode
from tools.conformance.arithmetic import affine_values
from tools.conformance.draft import Draft
from tools.conformance.stored import in_chunks, plain

F16, F32, S8, U8 = dtypes.F16, dtypes.F32, dtypes.signed(8), dtypes.unsigned(8)


def codebook_drafts() -> Iterable[Draft]:
    """Every form of codebook, and what may be inside and around one."""
    yield from (codebook_shapes(), codebook_types(), codebook_nested())


def node_of(indices: Any, index_type: ElementType, entries: Any, node: Node) -> CodebookNode:
    """A node of indices, and of entries of shape (groups, entries, vector length) that another node stands for."""
    groups, count, length = np.shape(entries)
    return CodebookNode(plain(indices, index_type).buffer, node, length, groups, count)


def picked(indices: Any, entries: Any) -> Any:
    """The value of each index, one vector after another, flat."""
    table, flat = np.asarray(entries), np.ravel(indices)
    part = len(flat) // len(table) if len(flat) else 1
    vectors = [table[number // part][index] for number, index in enumerate(flat)]
    return np.array(vectors, table.dtype).reshape(-1)


def codebook_shapes() -> Draft:
    """Groups, vectors, widths of indices, and arrays of every size."""
    draft = Draft("codebook-shapes", "palettes of numbers and vectors, in groups; indices of several types; odd shapes")
    for name, shape, groups, count, length in (
        ("tensor", (3, 5), 1, 7, 1),
        ("rows", (3, 5), 3, 4, 1),
        ("parts-of-rows", (2, 6), 4, 3, 1),
        ("vectors", (3, 4), 1, 5, 2),
        ("vectors-of-rows", (3, 4), 3, 2, 2),
        ("vectors-of-64", (2, 128), 2, 3, 64),
        ("images", (4, 2, 3, 3), 2, 9, 3),
        ("one-entry", (2, 2), 1, 1, 1),
        ("0-d", (), 1, 3, 1),
        ("empty", (2, 0), 1, 3, 1),
        ("empty-vectors", (0, 4), 5, 2, 4),
    ):
        size = int(np.prod(shape))
        entries = (np.arange(groups * count * length) * 37 % 199 - 99).astype(np.int8).reshape(groups, count, length)
        indices = np.arange(size // length) * 5 % count
        node = node_of(indices, U8, entries, plain(entries, S8))
        draft.add(name, node, picked(indices, entries).reshape(shape), S8)
    entries = np.arange(10, 15, dtype=np.uint8).reshape(1, 5, 1)
    for width, indices in ((1, [0, 1, 1]), (2, [3, 0, 2]), (3, [4, 3, 0]), (7, [4, 0, 4]), (16, [1, 4, 2])):
        node = node_of(indices, dtypes.unsigned(width), entries, plain(entries, U8))
        draft.add(f"indices.u{width}", node, picked(indices, entries), U8)
    indices = in_chunks([65535, 0, 256, 40000], dtypes.unsigned(16)).buffer
    last_is_9 = SparseNode(None, plain([65535], dtypes.unsigned(16)).buffer, None, 0, 0, 1, plain([9], U8))
    draft.add("65536-entries", CodebookNode(indices, last_is_9, 1, 1, 65536), [9, 0, 0, 0], U8)
    return draft


def codebook_types() -> Draft:
    """Entries of every kind of type keep their bits; the root converts."""
    draft = Draft(
        "codebook-types", "entries of every kind of type; -0.0, NaN and infinity among them; converted results"
    )
    indices = [2, 0, 1, 2]
    for name, patterns in (
        ("f64", [0x8000000000000000, 0x7FF8000000000001, 0x3FF0000000000000]),
        ("f32", [0x80000000, 0x7FC00001, 0x7F800000]),
        ("f16", [0x8000, 0x7E01, 0x3C00]),
        ("bf16", [0x8000, 0x7FC1, 0x3F80]),
        ("f8e4m3", [0x80, 0x7F, 0x38]),
        ("f4e2m1", [0x8, 0x0, 0x7]),
        ("bool", [1, 0, 1]),
        ("u64", [2**64 - 1, 0, 1]),
    ):
        element_type = dtypes.parse(name)
        held = np.array(patterns, f"u{element_type.storage.itemsize}").view(element_type.storage)
        node = node_of(indices, dtypes.unsigned(2), held.reshape(1, 3, 1), plain(held, element_type))
        draft.add(name, node, held[indices], element_type)
    halves = np.array([1.5, -0.0, 65504], np.float16)
    node = node_of(indices, U8, halves.reshape(1, 3, 1), plain(halves, F16))
    draft.add("f16-to-f32", node, halves[indices].astype(np.float32), F32)
    wide = np.array([0.1, 1e300, -1e-300])
    node = node_of(indices, U8, wide.reshape(1, 3, 1), plain(wide, dtypes.F64))
    with np.errstate(over="ignore"):
        draft.add("f64-to-f32", node, wide[indices].astype(np.float32), F32)
    integers = np.array([-4, 3, 0], np.int8)
    node = node_of(indices, U8, integers.reshape(1, 3, 1), plain(integers, dtypes.signed(3)))
    draft.add("s3-to-s32", node, integers[indices].astype(np.int32), dtypes.signed(32))
    return draft


def codebook_nested() -> Draft:
    """Entries that are affine or an alias; codebooks as codes, as a scale, and as sparse values."""
    draft = Draft("codebook-nested", "entries that are affine or an alias; codebooks inside affine and sparse")
    codes, scale = np.array([[[3], [-1]], [[7], [2]]], np.int8), np.array([[[0.5]], [[0.1]]], np.float32)
    entries = affine_values(codes, scale, None, (1, 2, 1), np.float32)
    affine = AffineNode(plain(codes, S8), plain(scale, F32), None, (1, 2, 1))
    indices = [1, 0, 1, 1, 0, 0]
    bit = dtypes.unsigned(1)
    draft.add("affine-entries", node_of(indices, bit, entries, affine), picked(indices, entries), F32)
    draft.add("palette", plain(entries, F32), entries, F32)
    draft.add("alias-entries", node_of(indices, bit, entries, AliasNode("palette")), picked(indices, entries), F32)
    table = np.array([-1, -0.25, 0.25, 1], np.float32).reshape(1, 4, 1)
    places, steps = np.array([[0, 3, 1], [2, 2, 0]]), np.array([[0.3], [7]], np.float32)
    inner = node_of(places, dtypes.unsigned(2), table, plain(table, F32))
    wanted = affine_values(picked(places, table).reshape(2, 3), steps, None, (1, 3), np.float32)
    draft.add("codes", AffineNode(inner, plain(steps, F32), None, (1, 3)), wanted, F32)
    dense = np.array([[1, -2], [3, -4]], np.int8)
    halves = np.array([0.5, 0.125], np.float16).reshape(1, 2, 1)
    scales = node_of([1, 0], bit, halves, plain(halves, F16))
    wanted = affine_values(dense, np.array([[0.125], [0.5]], np.float32), None, (1, 2), np.float32)
    draft.add("scale", AffineNode(plain(dense, S8), scales, None, (1, 2)), wanted, F32)
    kept = node_of([3, 0], dtypes.unsigned(2), table, plain(table, F32))
    sparse = SparseNode(None, plain([1, 2], U8).buffer, None, 0, 0, 2, kept)
    draft.add("sparse-values", sparse, [0, 1, 0, 0, -1, 0], F32)
    return draft
