"""Trees of encodings up to the greatest depth, drawn at random once and for all.

All numbers are small multiples of powers of two, so that every sum and product is exact in f32, whatever its order; a
tree in which one is not, or in which a matrix product has a zero (whose sign is free), is drawn again.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from qmodel import dtypes
from qmodel.dtypes import F32, F64, ElementType
from qmodel.encodings import (
    AffineNode,
    AliasNode,
    CodebookNode,
    HashedNode,
    LowRankNode,
    Node,
    SparseNode,
    SumNode,
    TransformNode,
    TrellisNode,
)
from tools.conformance.arithmetic import spread
from tools.conformance.draft import Draft
from tools.conformance.stored import plain
from tools.conformance.valid.hashed import spread as hash_spread
from tools.conformance.valid.trellis import trellis_values

DEEPEST, TREES = 8, 24
LEAF_TYPES = ("f32", "f16", "f64", "s4", "u3", "s8")
SHAPES = ((3,), (2, 3), (4, 1), (2, 2, 2), (1,), (5,), (3, 4))


class DrawAgain(Exception):  # noqa: N818
    """A tree is of no use."""


@dataclass(frozen=True)
class Grown:
    """A node, what it stands for, and its result type."""

    node: Node
    values: Any
    element_type: ElementType

    @property
    def numbers(self) -> Any:
        """The values in f64."""
        return self.values.astype(np.float64)


def tree_drafts() -> Iterable[Draft]:
    """One file of many trees."""
    draft = Draft("trees-8-deep", "trees of all encodings inside each other, the deepest chains of eight nodes")
    found, seed = 0, 0
    while found < TREES:
        seed += 1
        forest = Forest(f"{found:02}", Dice(seed))
        try:
            tree = forest.grown(SHAPES[found % len(SHAPES)], 1, floats=True)
        except DrawAgain:
            continue
        for name, other in forest.others.items():
            draft.add(name, other.node, other.values, other.element_type)
        target = F64 if found % 3 == 0 else F32 if tree.element_type.name in ("f32", "f64") else tree.element_type
        draft.add(f"{found:02}", tree.node, tree.values.astype(target.storage), target)
        found += 1
    return (draft,)


class Dice:
    """Numbers at random, the same on every machine (Steele and others 2014, SplitMix64)."""

    def __init__(self, seed: int) -> None:
        self.state = seed

    def below(self, bound: int) -> int:
        """A number from 0 to bound - 1."""
        self.state = (self.state + 0x9E3779B97F4A7C15) % (1 << 64)
        mixed = (self.state ^ self.state >> 30) * 0xBF58476D1CE4E5B9 % (1 << 64)
        mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EB % (1 << 64)
        return (mixed ^ mixed >> 31) % bound

    def array(self, shape: tuple[int, ...], low: int, high: int) -> Any:
        """Integers from low to high."""
        return np.array([low + self.below(high - low + 1) for _ in range(prod(shape))], np.int64).reshape(shape)


class Forest:
    """Grows trees, and the tensors that their aliases name."""

    def __init__(self, name: str, dice: Dice) -> None:
        self.name, self.dice = name, dice
        self.others: dict[str, Grown] = {}

    def grown(self, shape: tuple[int, ...], depth: int, *, floats: bool) -> Grown:
        """A node for an array of a shape; every tree grows one branch to the greatest depth."""
        if depth == DEEPEST:
            return self.leaf(shape, floats=floats)
        makers: list[Callable[..., Grown]] = [self.codebook, self.sparse]
        if floats:
            makers += [self.affine, self.total, self.hashed, self.transform, self.affine]
            makers += [self.low_rank] if len(shape) > 1 else []
        return makers[self.dice.below(len(makers))](shape, depth, floats=floats)

    def beside(self, shape: tuple[int, ...], depth: int, *, floats: bool) -> Grown:
        """A node beside the branch that grows on."""
        makers: list[Callable[..., Grown]] = [self.leaf, self.leaf, self.trellis]
        if depth > 1:
            makers.append(self.alias)
        return makers[self.dice.below(len(makers))](shape, floats=floats)

    def leaf(self, shape: tuple[int, ...], *, floats: bool) -> Grown:
        """Numbers stored as they are."""
        names = LEAF_TYPES[:3] if floats else LEAF_TYPES
        element_type = dtypes.parse(names[self.dice.below(len(names))])
        values = self.dice.array(shape, 0 if element_type.kind == "unsigned" else -3, 3).astype(np.float64)
        values = (values / 2 if element_type.is_float else values).astype(element_type.storage)
        return Grown(plain(values, element_type), values, element_type)

    def alias(self, shape: tuple[int, ...], *, floats: bool) -> Grown:
        """Another tensor."""
        name = f"{self.name} {len(self.others)}"
        self.others[name] = other = self.leaf(shape, floats=floats)
        return Grown(AliasNode(name), other.values, other.element_type)

    def trellis(self, shape: tuple[int, ...], *, floats: bool) -> Grown:
        """Codes of four states."""
        codes = self.dice.array(shape, -2, 1)
        values = trellis_values(codes.reshape(-1).tolist(), 0.5, 4, 6).reshape(shape)
        return Grown(TrellisNode(plain(codes, dtypes.signed(2)).buffer, 0.5, 4, 6), values, F32)

    def affine(self, shape: tuple[int, ...], depth: int, *, floats: bool) -> Grown:
        """Blocks of one or two along each axis; the branch goes on in the codes or the scale."""
        blocks = tuple(min(length, 1 + self.dice.below(2)) for length in shape)
        of_blocks = tuple(-(-length // block) for length, block in zip(shape, blocks, strict=True))
        if self.dice.below(2):
            codes, scale = self.grown(shape, depth + 1, floats=False), self.beside(of_blocks, depth + 1, floats=True)
        else:
            codes, scale = self.beside(shape, depth + 1, floats=False), self.grown(of_blocks, depth + 1, floats=True)
        zero = self.beside(of_blocks, depth + 1, floats=False) if self.dice.below(2) else None
        wide: Any = np.float64 if scale.element_type == F64 else np.float32
        difference = codes.numbers if zero is None else codes.numbers - spread(zero.numbers, shape, blocks)
        values = exact(difference).astype(wide) * spread(scale.values.astype(wide), shape, blocks)
        node = AffineNode(codes.node, scale.node, zero.node if zero else None, blocks)
        return Grown(node, exact(values), F64 if wide is np.float64 else F32)

    def codebook(self, shape: tuple[int, ...], depth: int, *, floats: bool) -> Grown:
        """Three entries."""
        entries = self.grown((1, 3, 1), depth + 1, floats=floats)
        indices = self.dice.array(shape, 0, 2)
        node = CodebookNode(plain(indices, dtypes.unsigned(2)).buffer, entries.node, 1, 1, 3)
        return Grown(node, entries.values.reshape(-1)[indices], entries.element_type)

    def sparse(self, shape: tuple[int, ...], depth: int, *, floats: bool) -> Grown:
        """About every second element."""
        kept = self.dice.array((prod(shape),), 0, 1).astype(bool)
        kept[0] = True
        values = self.grown((int(kept.sum()),), depth + 1, floats=floats)
        whole = np.zeros(kept.shape, values.values.dtype)
        whole[kept] = values.values
        pattern = plain(kept, dtypes.BOOL).buffer
        node = SparseNode(pattern, None, None, 0, 0, int(kept.sum()), values.node)
        return Grown(node, whole.reshape(shape), values.element_type)

    def total(self, shape: tuple[int, ...], depth: int, *, floats: bool) -> Grown:
        """Two or three terms; the branch is one of them."""
        terms = [self.beside(shape, depth + 1, floats=False) for _ in range(1 + self.dice.below(2))]
        terms.insert(self.dice.below(len(terms) + 1), self.grown(shape, depth + 1, floats=True))
        values = terms[0].values.astype(wide_type(terms[:1]).storage)
        for number, term in enumerate(terms[1:], start=2):
            storage = wide_type(terms[:number]).storage
            values = exact(values.astype(storage) + term.values.astype(storage))
        return Grown(SumNode(tuple(term.node for term in terms)), values, wide_type(terms))

    def hashed(self, shape: tuple[int, ...], depth: int, *, floats: bool) -> Grown:
        """Three buckets."""
        buckets, seed = self.grown((3,), depth + 1, floats=True), self.dice.below(1 << 32)
        unsigned = buckets.values.view(f"u{buckets.values.itemsize}")
        values = hash_spread(unsigned, shape, seed, buckets.element_type.bits).view(buckets.values.dtype)
        return Grown(HashedNode(buckets.node, 3, seed), values.reshape(shape), buckets.element_type)

    def transform(self, shape: tuple[int, ...], depth: int, *, floats: bool) -> Grown:
        """The branch goes on in the inner array or the matrix."""
        square = (shape[-1], shape[-1])
        if self.dice.below(2):
            inner, matrix = self.grown(shape, depth + 1, floats=True), self.beside(square, depth + 1, floats=False)
        else:
            inner, matrix = self.beside(shape, depth + 1, floats=False), self.grown(square, depth + 1, floats=True)
        values = product(inner, matrix)
        return Grown(TransformNode(matrix.node, inner.node), values, wide_type([inner, matrix]))

    def low_rank(self, shape: tuple[int, ...], depth: int, *, floats: bool) -> Grown:
        """Rank 2."""
        left = self.grown((shape[0], 2), depth + 1, floats=True)
        right = self.beside((2, prod(shape[1:])), depth + 1, floats=False)
        node = LowRankNode(left.node, right.node, 2)
        return Grown(node, product(left, right).reshape(shape), wide_type([left, right]))


def wide_type(operands: Iterable[Grown]) -> ElementType:
    """The type that operands are computed in."""
    return F64 if any(each.element_type == F64 for each in operands) else F32


def product(left: Grown, right: Grown) -> Any:
    """A matrix product without a zero."""
    exact(np.abs(left.numbers) @ np.abs(right.numbers))
    values = left.numbers @ right.numbers
    if not values.all():
        raise DrawAgain
    return values.astype(wide_type([left, right]).storage)


def exact(values: Any) -> Any:
    """Values that are multiples of 2^-10 and below 2^13: exact in f32, and so are sums of a few."""
    numbers = np.asarray(values, np.float64) * 1024
    if (numbers % 1).any() or (np.abs(numbers) >= 1 << 23).any():
        raise DrawAgain
    return values
