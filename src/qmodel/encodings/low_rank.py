"""`low_rank`: a product of two thin matrices (spec/encodings/low-rank.md)."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import prod
from typing import ClassVar

import numpy as np

from qmodel.dtypes import Array, ElementType
from qmodel.encodings.convert import widen
from qmodel.encodings.low_rank_fit import Factorisation
from qmodel.encodings.node import Encoder, Node, NodeMemory, Shape, Surroundings, TensorSource, check_size
from qmodel.encodings.operands import arithmetic_type, as_operand, check_operand
from qmodel.encodings.plain import Plain
from qmodel.encodings.weighted_error import relative_mse, separable
from qmodel.errors import CorruptError, InvalidInputError
from qmodel.typed_array import TypedArray


@dataclass(frozen=True, slots=True)
class LowRankNode(Node):
    """left · right; see the message `LowRank` for the fields."""

    left: Node
    right: Node
    rank: int
    kind: ClassVar[str] = "low_rank"

    def result_type(self, around: Surroundings, /) -> ElementType:
        """See `Node.result_type`."""
        return arithmetic_type(self.left.result_type(around), self.right.result_type(around))

    def check(self, shape: Shape, around: Surroundings, /) -> None:
        """See `Node.check`."""
        if len(shape) < 2:
            raise CorruptError(f"low_rank stands for arrays of two axes or more, not for one of shape {shape}")
        if self.rank < 1:
            raise CorruptError("low_rank of rank 0")
        rows, columns = _matrix_shape(shape)
        factors = (("left factor", self.left, (rows, self.rank)), ("right factor", self.right, (self.rank, columns)))
        for what, factor, factor_shape in factors:
            factor_type = factor.result_type(around)
            check_operand(what, factor_type)
            check_size(tuple(max(length, 1) for length in factor_shape), factor_type, around)
            factor.check(factor_shape, around)
        check_size(shape, self.result_type(around), around)

    def decode(self, shape: Shape, source: TensorSource, /) -> TypedArray:
        """See `Node.decode`; the order of the sums is BLAS's own."""
        rows, columns = _matrix_shape(shape)
        left = self.left.decode((rows, self.rank), source)
        right = self.right.decode((self.rank, columns), source)
        element_type = arithmetic_type(left.element_type, right.element_type)
        dtype = element_type.storage
        with np.errstate(all="ignore"):
            product = np.matmul(as_operand(left, dtype), as_operand(right, dtype))
        return TypedArray(element_type, product.reshape(shape))

    def spelled(self) -> str:
        """See `Node.spelled`."""
        return f"low_rank({self.left.spelled()}, {self.right.spelled()}, rank {self.rank})"


@dataclass(frozen=True, slots=True)
class LowRank(Encoder):
    """Keep the strongest directions: a truncated singular value decomposition with the factors encoded in turn.

    The array of shape (rows, …) is taken as a matrix of as many rows. Singular values are divided evenly between the
    factors. Where encoding a factor loses something, the other is fitted to what is stored by least squares.

    Attributes:
        rank: inner dimension; clipped to the shorter side of the matrix.
        error: relative mean squared error to reach, above 0 and below 1, with the smallest rank that does, the loss of
            the factors' own encodings counted; instead of a rank. Below about 1e-13 nothing is reached.
        left: encoder of the factor of shape (rows, rank).
        right: encoder of the factor of shape (rank, columns).

    Raises:
        InvalidInputError: neither or both of rank and error, or one out of range.
    """

    rank: int | None = None
    error: float | None = None
    left: Encoder = field(default_factory=Plain)
    right: Encoder = field(default_factory=Plain)
    kind: ClassVar[str] = "low_rank"

    def __post_init__(self) -> None:
        if (self.rank is None) == (self.error is None):
            raise InvalidInputError("low_rank takes a rank or an error, one of them")
        if self.rank is not None and self.rank < 1:
            raise InvalidInputError(f"low_rank has a rank of at least 1, not {self.rank}")
        if self.error is not None and not 0 < self.error < 1:
            raise InvalidInputError(f"low_rank reaches relative errors between 0 and 1, not {self.error}")

    def encode(self, array: TypedArray, /, *, importance: Array | None = None, threads: int = 1) -> LowRankNode:
        """See `Encoder.encode`; refuses NaN, infinities, vectors, and an error that no rank reaches."""
        values = _checked_values(array)
        rows, columns = _matrix_shape(values.shape)
        if not values.size:
            return self._empty(rows, columns, values.dtype)
        factorisation = Factorisation.of(
            values.reshape(rows, columns), separable(importance, values.shape, 1), count=self.rank
        )
        attempts = _Attempts(self, factorisation, values, importance, threads)
        if self.error is None:
            node, error = attempts.of_rank(min(self.rank or 1, rows, columns))
            if np.isinf(error):
                raise InvalidInputError(f"a value would not survive {node.spelled()}")
            return node
        return attempts.reaching(self.error)

    def _empty(self, rows: int, columns: int, dtype: np.dtype[np.floating]) -> LowRankNode:
        left = self.left.encode(TypedArray.of(np.zeros((rows, 1), dtype)))
        return LowRankNode(left, self.right.encode(TypedArray.of(np.zeros((1, columns), dtype))), 1)


@dataclass(frozen=True, slots=True)
class _Attempts:
    """Encodings of one array with several ranks."""

    options: LowRank
    factorisation: Factorisation
    values: Array
    importance: Array | None
    threads: int

    def reaching(self, error: float) -> LowRankNode:
        """The smallest rank with at most a relative error: upwards in growing steps, then halved."""
        full = min(_matrix_shape(self.values.shape))
        rank, step = self.factorisation.rank_for(error), 1
        too_small = rank - 1
        node, found = self.of_rank(rank)
        while found > error:
            if rank == full:
                raise InvalidInputError(
                    f"no rank reaches a relative error of {error:.3g}: {node.spelled()} has {found:.3g}"
                )
            too_small, rank, step = rank, min(rank + step, full), step * 2
            node, found = self.of_rank(rank)
        while rank - too_small > 1:
            middle = (rank + too_small) // 2
            candidate, found = self.of_rank(middle)
            if found > error:
                too_small = middle
            else:
                node, rank = candidate, middle
        return node

    def of_rank(self, rank: int) -> tuple[LowRankNode, float]:
        """A node of a rank, and its relative error as a reader will see it."""
        left, right = self.factorisation.factors(rank)
        left_node, stored_left = self._left(left, right)
        if not np.array_equal(stored_left, left):
            right = self.factorisation.right_for(stored_left)
        right_node, stored_right = self._right(stored_left, right)
        best = self._measured(LowRankNode(left_node, right_node, rank))
        if not np.array_equal(stored_right, right):
            left_node, _ = self._left(self.factorisation.left_for(stored_right), stored_right)
            best = min(best, self._measured(LowRankNode(left_node, right_node, rank)), key=lambda pair: pair[1])
        return best

    def _left(self, left: Array, right: Array) -> tuple[Node, Array]:
        importance = None if self.importance is None else self.factorisation.left_importance(right)
        return self._stored(self.options.left, left, importance)

    def _right(self, left: Array, right: Array) -> tuple[Node, Array]:
        importance = None if self.importance is None else self.factorisation.right_importance(left)
        return self._stored(self.options.right, right, importance)

    def _stored(self, encoder: Encoder, factor: Array, importance: Array | None) -> tuple[Node, Array]:
        node = encoder.encode(TypedArray.of(factor), importance=importance, threads=self.threads)
        decoded = node.decode(factor.shape, NodeMemory(threads=self.threads))
        return node, as_operand(decoded, factor.dtype)

    def _measured(self, node: LowRankNode) -> tuple[LowRankNode, float]:
        decoded = node.decode(self.values.shape, NodeMemory(threads=self.threads))
        return node, relative_mse(self.values, decoded.storage, self.importance)


def _checked_values(array: TypedArray) -> Array:
    if not array.element_type.is_float:
        raise InvalidInputError(f"factors stand for floats, not {array.element_type}")
    if len(array.shape) < 2:
        raise InvalidInputError(f"an array of shape {array.shape} is no matrix to factorise; add a rule for it")
    values = widen(array)
    if not np.isfinite(values).all():
        raise InvalidInputError("NaN or infinity has no factors; add a rule that keeps this tensor a float type")
    return values


def _matrix_shape(shape: Shape) -> tuple[int, int]:
    return shape[0], prod(shape[1:])
