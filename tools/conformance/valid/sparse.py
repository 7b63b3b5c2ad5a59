"""Every pattern of sparse, and what may be inside and around one."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from qmodel import dtypes
from qmodel.dtypes import ElementType
from qmodel.encodings import AffineNode, Node, SparseNode
from tools.conformance.arithmetic import affine_values, bits
from tools.conformance.draft import Draft
from tools.conformance.stored import in_chunks, plain

BOOL, F32, S8, U8 = dtypes.BOOL, dtypes.F32, dtypes.signed(8), dtypes.unsigned(8)


def sparse_drafts() -> Iterable[Draft]:
    """Every pattern of sparse, and what may be inside and around one."""
    yield from (sparse_patterns(), sparse_types(), sparse_nested())


def by_bitmap(kept: Sequence[int], values: Node, size: int) -> SparseNode:
    """A node that keeps some of `size` positions."""
    return SparseNode(plain(np.isin(np.arange(size), kept), BOOL).buffer, None, None, 0, 0, len(kept), values)


def by_gaps(kept: Sequence[int], values: Node, element_type: ElementType) -> SparseNode:
    """A node that keeps some positions, their gaps of a type."""
    gaps = [position - before - 1 for before, position in zip([-1, *kept], kept, strict=False)]
    return SparseNode(None, plain(gaps, element_type).buffer, None, 0, 0, len(kept), values)


def by_places(places: Any, values: Node, n: int, m: int, element_type: ElementType) -> SparseNode:
    """A node that keeps n places of each m."""
    return SparseNode(None, None, plain(places, element_type).buffer, n, m, np.size(places), values)


def spread(kept: Sequence[int], values: Any, shape: tuple[int, ...]) -> Any:
    """The whole array."""
    values = np.asarray(values)
    whole = np.zeros(int(np.prod(shape)), values.dtype)
    whole[list(kept)] = values
    return whole.reshape(shape)


def sparse_patterns() -> Draft:
    """Bitmaps, gaps of several widths, and groups of several lengths; arrays of every size."""
    draft = Draft("sparse-patterns", "bitmap, gaps and n:m; gaps and places of several types; nothing and all kept")
    shape, kept, values = (3, 4), [0, 1, 6, 11], np.array([5, 0, -7, 9], np.int8)
    draft.add("bitmap", by_bitmap(kept, plain(values, S8), 12), spread(kept, values, shape), S8)
    for width in (3, 4, 5, 8, 16, 27, 32, 64):
        node = by_gaps(kept, plain(values, S8), dtypes.unsigned(width))
        draft.add(f"gaps.u{width}", node, spread(kept, values, shape), S8)
    for n, m, name in ((1, 2, "u1"), (2, 4, "u2"), (2, 4, "u8"), (3, 5, "u3"), (4, 4, "u2"), (2, 64, "u6")):
        groups = np.sort(np.argsort(np.arange(3 * m).reshape(3, m) * 29 % 67, axis=1)[:, :n], axis=1)
        positions = (groups + m * np.arange(3)[:, np.newaxis]).ravel()
        numbers = np.arange(1, 3 * n + 1, dtype=np.uint8)
        node = by_places(groups, plain(numbers, U8), n, m, dtypes.parse(name))
        draft.add(f"{n}of{m}.{name}", node, spread(positions, numbers, (3, m)), U8)
    nothing = plain([], U8)
    for name, shape, kept in (("0-d", (), [0]), ("0-d.zero", (), []), ("none", (2, 2), []), ("empty", (2, 0), [])):
        numbers = plain([7] * len(kept), U8)
        wanted = spread(kept, np.full(len(kept), 7, np.uint8), shape)
        draft.add(f"{name}.bitmap", by_bitmap(kept, numbers, wanted.size), wanted, U8)
        draft.add(f"{name}.gaps", by_gaps(kept, numbers, U8), wanted, U8)
    draft.add("empty.places", by_places([], nothing, 2, 4, U8), np.zeros((2, 0)), U8)
    long = np.arange(0, 600, 7)
    numbers = (long % 251).astype(np.uint8)
    bitmap = in_chunks(np.isin(np.arange(600), long), BOOL, 256).buffer
    node = SparseNode(bitmap, None, None, 0, 0, long.size, in_chunks(numbers, U8))
    draft.add("long", node, spread(long.tolist(), numbers, (20, 30)), U8)
    return draft


def sparse_types() -> Draft:
    """Values of every kind of type: zero is all bits zero, kept values keep all theirs."""
    draft = Draft("sparse-types", "values of every kind of type; -0.0, NaN and 0 among those kept; converted results")
    kept, shape = [1, 2, 5], (6,)
    for name, patterns in (
        ("f64", [0x8000000000000000, 0x7FF8000000000001, 0x3FF0000000000000]),
        ("f32", [0x80000000, 0x7FC00001, 0x3F800000]),
        ("f16", [0x8000, 0x7E01, 0x3C00]),
        ("bf16", [0x8000, 0x7FC1, 0x3F80]),
        ("f8e4m3", [0x80, 0x7F, 0x38]),
        ("f4e2m1", [0x8, 0x0, 0x7]),
        ("bool", [1, 0, 1]),
        ("u64", [2**64 - 1, 0, 1]),
        ("s3", [-4, 3, 0]),
    ):
        element_type = dtypes.parse(name)
        values: Any = patterns
        if element_type.is_float and not element_type.stored_as_bits:
            values = bits(patterns, element_type)
        numbers = np.asarray(values, element_type.storage)
        draft.add(name, by_bitmap(kept, plain(numbers, element_type), 6), spread(kept, numbers, shape), element_type)
    halves = np.array([1.5, -0.0, 65504], np.float16)
    node = by_gaps(kept, plain(halves, dtypes.F16), U8)
    draft.add("f16-to-f32", node, spread(kept, halves, shape).astype(np.float32), F32)
    integers = np.array([-4, 3, 0], np.int8)
    node = by_gaps(kept, plain(integers, dtypes.signed(3)), U8)
    draft.add("s3-to-s32", node, spread(kept, integers, shape).astype(np.int32), dtypes.signed(32))
    return draft


def sparse_nested() -> Draft:
    """Sparse around affine, inside affine, and inside itself."""
    draft = Draft("sparse-nested", "values that are affine or sparse; affine whose codes and scale are sparse")
    codes, scale = np.array([3, -1, 7, 2], np.int8), np.array([0.5, 0.25], np.float32)
    kept, shape = [0, 3, 4, 7], (2, 4)
    inner = AffineNode(plain(codes, S8), plain(scale, F32), None, (2,))
    values = affine_values(codes, scale, None, (2,), np.float32)
    draft.add("affine-inside", by_bitmap(kept, inner, 8), spread(kept, values, shape), F32)
    sparse_codes = by_places([[0, 3], [0, 3]], plain(codes, S8), 2, 4, dtypes.unsigned(2))
    wanted = affine_values(spread(kept, codes, shape), scale.reshape(2, 1), None, (1, 4), np.float32)
    draft.add("codes", AffineNode(sparse_codes, plain(scale.reshape(2, 1), F32), None, (1, 4)), wanted, F32)
    sparse_scale = by_gaps([1], plain([0.5], F32), U8)
    scales = np.array([0, 0.5], np.float32).reshape(2, 1)
    dense = np.array([[1, -2, 3, -4], [5, -6, 7, -8]], np.int8)
    wanted = affine_values(dense, scales, None, (1, 4), np.float32)
    draft.add("scale", AffineNode(plain(dense, S8), sparse_scale, None, (1, 4)), wanted, F32)
    twice = by_bitmap(kept, by_gaps([2], plain([9], U8), U8), 8)
    draft.add("sparse-inside", twice, spread([4], np.array([9], np.uint8), shape), U8)
    return draft
