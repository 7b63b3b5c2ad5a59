"""Every encoding in every way to store its buffers, in shapes that are odd."""

from collections.abc import Callable, Iterable
from math import prod
from typing import Any

import numpy as np

from qmodel import dtypes
from qmodel.dtypes import F16, F32, ElementType
from qmodel.encodings import (
    AffineNode,
    CodebookNode,
    HashedNode,
    LowRankNode,
    Node,
    SparseNode,
    SumNode,
    TransformNode,
    TrellisNode,
)
from tools.conformance.arithmetic import affine_values
from tools.conformance.draft import Draft
from tools.conformance.stored import plain
from tools.conformance.valid.hashed import spread as hash_spread
from tools.conformance.valid.recoded import WAYS
from tools.conformance.valid.trellis import trellis_values

Shape = tuple[int, ...]
Made = tuple[Node, Any, ElementType]

S4, S5, U2, U3 = dtypes.signed(4), dtypes.signed(5), dtypes.unsigned(2), dtypes.unsigned(3)
SHAPES: tuple[Shape, ...] = ((9,), (), (2, 3, 4), (0,), (1, 1, 17), (3, 0), (1,))


def crossed_drafts() -> Iterable[Draft]:
    """A file for each way; in each every encoding, whose shapes move on from file to file."""
    for number, (way, recode) in enumerate(WAYS.items()):
        draft = Draft(f"crossed-{way}", f"every encoding with buffers stored in one way, {way}, where types allow it")
        for place, (kind, make) in enumerate(KINDS.items()):
            for shape in {SHAPES[(number + place) % len(SHAPES)], SHAPES[(number + place + 2) % len(SHAPES)]}:
                node, values, element_type = make(shape)
                label = f"{kind} {'×'.join(map(str, np.shape(values))) or '0-d'}"
                draft.add(label, node.with_buffers(recode), values, element_type)
        yield draft


def numbers(shape: Shape, spread: int = 7, start: int = 0) -> Any:
    """Integers from -spread to spread, none of them 0 twice in a row."""
    i = np.arange(prod(shape)) + start
    return ((i * i * 5 + i * 3 + 1) % (2 * spread + 1) - spread).reshape(shape)


def stored_integers(shape: Shape) -> Made:
    """Integers of 5 bits."""
    return plain(numbers(shape), S5), numbers(shape), S5


def stored_floats(shape: Shape) -> Made:
    """Halves, as f16 and as they are."""
    halves = numbers(shape) / 2
    return plain(halves, F16), halves, F16


def affine(shape: Shape) -> Made:
    """One scale and one zero point for all."""
    codes, scale, zero = numbers(shape), np.float32(0.25), np.int8(-3)
    blocks = tuple(max(length, 1) for length in shape)
    of_blocks = np.ones([min(length, 1) for length in shape])
    values = affine_values(codes, of_blocks * scale, (of_blocks * zero).astype(np.int8), blocks, np.float32)
    return AffineNode(plain(codes, S5), plain(scale, F32), plain(zero, S4)), values, F32


def codebook(shape: Shape) -> Made:
    """Five entries."""
    indices, entries = numbers(shape) % 5, np.array([-2, 0.5, 0, 1.5, 3], np.float16)
    node = CodebookNode(plain(indices, U3).buffer, plain(entries.reshape(1, 5, 1), F16), 1, 1, 5)
    return node, entries[indices], F16


def bitmap(shape: Shape) -> Made:
    """What is odd is kept, as a bitmap says."""
    kept = (numbers(shape) % 2 != 0).reshape(-1)
    pattern = plain(kept, dtypes.BOOL).buffer
    return kept_of(shape, kept, lambda count, values: SparseNode(pattern, None, None, 0, 0, count, values))


def gaps(shape: Shape) -> Made:
    """What is odd is kept, as gaps say."""
    kept = (numbers(shape) % 2 != 0).reshape(-1)
    pattern = plain(np.diff(np.flatnonzero(kept), prepend=-1) - 1, U3).buffer
    return kept_of(shape, kept, lambda count, values: SparseNode(None, pattern, None, 0, 0, count, values))


def positions(shape: Shape) -> Made:
    """Two of four are kept, along an axis of length 4."""
    shape = (*shape, 4)
    groups = prod(shape) // 4
    places = np.array([(0, 3), (1, 2), (2, 3)])[np.arange(groups) % 3].reshape(groups, 2)
    kept = np.zeros((groups, 4), bool)
    np.put_along_axis(kept, places, True, axis=1)
    pattern = plain(places, U2).buffer
    return kept_of(shape, kept.reshape(-1), lambda count, values: SparseNode(None, None, pattern, 2, 4, count, values))


def kept_of(shape: Shape, kept: Any, node: Callable[[int, Node], Node]) -> Made:
    """Numbers at the positions kept, and 0 elsewhere."""
    values = numbers(kept.shape, start=3)
    wanted = np.where(kept, values, 0).reshape(shape)
    return node(int(kept.sum()), plain(values[kept], S5)), wanted, S5


def trellis(shape: Shape) -> Made:
    """Codes of eight states."""
    codes = numbers(shape, 4)
    values = trellis_values(codes.reshape(-1).tolist(), 0.5, 8, 5).reshape(shape)
    return TrellisNode(plain(codes, S5).buffer, 0.5, 8, 5), values, F32


def hashed(shape: Shape) -> Made:
    """Three buckets."""
    buckets = np.array([0.5, -2, 3], np.float32)
    values = hash_spread(buckets.view(np.uint32), shape, 11, 32).view(np.float32)
    return HashedNode(plain(buckets, F32), 3, 11), values, F32


def total(shape: Shape) -> Made:
    """Floats and integers added."""
    first, second = numbers(shape) / 2, numbers(shape, 3, 1)
    return SumNode((plain(first, F16), plain(second, S4))), (first + second).astype(np.float32), F32


def low_rank(shape: Shape) -> Made:
    """A product, of two axes more than the shape."""
    shape = (2, 3, *shape)
    left, right = numbers((2, 2), 3), numbers((2, prod(shape[1:])), 5) * 2 + 1
    node = LowRankNode(plain(left, S4), plain(right / 2, F16), 2)
    return node, (left @ (right / 2)).reshape(shape), F32


def transform(shape: Shape) -> Made:
    """Along a last axis of length 2, with a matrix of which no column cancels."""
    shape = (*shape, 2)
    matrix, inner = np.array([[1, -1], [2, 4]]), numbers(shape, 5) * 2 + 1
    return TransformNode(plain(matrix, S4), plain(inner / 4, F16)), (inner / 4) @ matrix, F32


KINDS: dict[str, Callable[[Shape], Made]] = {
    "integers": stored_integers,
    "floats": stored_floats,
    "affine": affine,
    "codebook": codebook,
    "bitmap": bitmap,
    "gaps": gaps,
    "positions": positions,
    "trellis": trellis,
    "hashed": hashed,
    "sum": total,
    "low_rank": low_rank,
    "transform": transform,
}
"""Makers of a node, its values, and their type, for an array that has a shape or begins or ends with it."""
