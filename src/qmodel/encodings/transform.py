"""`transform`: an array times a matrix along its last axis (spec/encodings/transform.md)."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from math import log2, prod
from typing import ClassVar, Literal

import numpy as np

from qmodel.dtypes import Array, ElementType
from qmodel.encodings.convert import widen
from qmodel.encodings.node import Encoder, Node, NodeMemory, Shape, Surroundings, TensorSource, check_size
from qmodel.encodings.node_size import node_file_bytes
from qmodel.encodings.operands import arithmetic_type, as_operand, check_operand
from qmodel.encodings.plain import Plain
from qmodel.encodings.weighted_error import SeparableWeights, relative_mse, separable
from qmodel.errors import CorruptError, InvalidInputError
from qmodel.kernels.factorise import hadamard, product, squarable, strongest
from qmodel.typed_array import TypedArray

# With fewer rows for each column the matrix costs more than any decorrelation has been seen to save.
_ROWS_PER_COLUMN = 4
# So many elements tell whether the transform pays.
_SAMPLE_ELEMENTS = 1 << 18


@dataclass(frozen=True, slots=True)
class TransformNode(Node):
    """inner · matrix, rows as vectors; see the message `Transform` for the fields."""

    matrix: Node
    inner: Node
    kind: ClassVar[str] = "transform"

    def result_type(self, around: Surroundings, /) -> ElementType:
        """See `Node.result_type`."""
        return arithmetic_type(self.matrix.result_type(around), self.inner.result_type(around))

    def check(self, shape: Shape, around: Surroundings, /) -> None:
        """See `Node.check`."""
        if not shape:
            raise CorruptError("transform stands for arrays of one axis or more, not for a 0-d one")
        square = (shape[-1], shape[-1])
        for what, child, child_shape in (("matrix", self.matrix, square), ("inner array", self.inner, shape)):
            child_type = child.result_type(around)
            check_operand(f"transform {what}", child_type)
            check_size(child_shape, child_type, around)
            child.check(child_shape, around)
        check_size(shape, self.result_type(around), around)

    def decode(self, shape: Shape, source: TensorSource, /) -> TypedArray:
        """See `Node.decode`; the order of the sums is BLAS's own."""
        length = shape[-1]
        matrix = self.matrix.decode((length, length), source)
        inner = self.inner.decode(shape, source)
        element_type = arithmetic_type(matrix.element_type, inner.element_type)
        dtype = element_type.storage
        rows = as_operand(inner, dtype).reshape(prod(shape[:-1]), length)
        with np.errstate(all="ignore"):
            values = np.matmul(rows, as_operand(matrix, dtype))
        return TypedArray(element_type, values.reshape(shape))

    def spelled(self) -> str:
        """See `Node.spelled`."""
        return f"transform({self.inner.spelled()}, matrix {self.matrix.spelled()})"


@dataclass(frozen=True, slots=True)
class Transform(Encoder):
    """Rotate the rows of a tall matrix before they are encoded, where that pays.

    `klt` is the Karhunen–Loève transform: the eigenvectors of the rows' second moments, so that columns become
    uncorrelated and their variances as unequal as can be; an entropy stage behind `inner` turns that into fewer bytes.
    `hadamard` mixes all columns evenly, so that outliers spread.

    The array, or every so many rows of it, is encoded with and without the transform, and the cheaper way is taken: the
    one with the smaller bits per value + ½·log2(relative MSE), the matrix counted, since a bit more for each value
    quarters the error (6.02 dB) at high resolution. So the result need not be a `transform`: arrays that are not tall,
    not finite or not floats are left to `inner` alone.

    Attributes:
        inner: encoder of the rotated array.
        matrix: encoder of the square matrix. Rounding it costs nothing but orthogonality: the rotated array is solved
            for against the matrix as stored.
        basis: `klt` or `hadamard`.

    Raises:
        InvalidInputError: another basis.
    """

    inner: Encoder
    matrix: Encoder = field(default_factory=lambda: Plain("f16"))
    basis: Literal["klt", "hadamard"] = "klt"
    kind: ClassVar[str] = "transform"

    def __post_init__(self) -> None:
        if self.basis not in ("klt", "hadamard"):
            raise InvalidInputError(f"unknown transform {self.basis!r}; known: klt, hadamard")

    def encode(self, array: TypedArray, /, *, importance: Array | None = None, threads: int = 1) -> Node:
        """See `Encoder.encode`; raises what `inner` raises for the array as it is."""
        plain = partial(self.inner.encode, threads=threads)
        if not array.element_type.is_float or not _is_tall(array.shape):
            return plain(array, importance=importance)
        values = widen(array)
        rotated = self._rotated(values, importance, threads) if np.isfinite(values).all() and values.any() else None
        if rotated is None:
            return plain(array, importance=importance)
        stride = -(-values.size // _SAMPLE_ELEMENTS)
        trial = rotated.every(stride) if stride > 1 else rotated
        nodes = (plain(trial.array, importance=trial.importance), trial.node(self.inner, threads))
        costs = [_cost(node, trial.values, trial.importance, stride, threads) for node in nodes]
        if costs[1] < costs[0]:
            return nodes[1] if trial is rotated else rotated.node(self.inner, threads)
        return nodes[0] if trial is rotated else plain(array, importance=importance)

    def _rotated(self, values: Array, importance: Array | None, threads: int) -> _Rotated | None:
        """The array rotated for the matrix as it will be stored; None when that has no inverse."""
        length = values.shape[-1]
        rows = values.reshape(-1, length)
        weights = separable(importance, values.shape, values.ndim - 1)
        matrix = self._basis(rows, weights).astype(values.dtype)
        matrix_node = self.matrix.encode(TypedArray.of(matrix), threads=threads)
        decoded = matrix_node.decode(matrix.shape, NodeMemory(threads=threads))
        stored = as_operand(decoded, np.dtype(np.float64))
        try:
            inner = product(rows, np.linalg.inv(stored))
        except np.linalg.LinAlgError:
            return None
        if not np.isfinite(inner).all():
            return None
        if importance is None:
            return _Rotated(values, None, inner.reshape(values.shape), None, matrix_node)
        rotated_importance = _rotated_importance(weights, stored, values.shape)
        return _Rotated(values, importance, inner.reshape(values.shape), rotated_importance, matrix_node)

    def _basis(self, rows: Array, weights: SeparableWeights) -> Array:
        """An orthogonal matrix that takes the rotated rows back; its rows are the new axes."""
        if self.basis == "hadamard":
            return hadamard(rows.shape[1])
        components = strongest(squarable(rows)[0], weights.rows, np.ones_like(weights.columns), None)
        return np.ascontiguousarray(components.vectors.T)


@dataclass(frozen=True, slots=True)
class _Rotated:
    """An array, and what it is in the new axes; importances as `Encoder.encode` takes them."""

    values: Array
    importance: Array | None
    inner: Array
    inner_importance: Array | None
    matrix: Node

    @property
    def array(self) -> TypedArray:
        return TypedArray.of(self.values)

    def every(self, stride: int, /) -> _Rotated:
        """Every so many rows."""
        values, inner = (_rows(array, stride) for array in (self.values, self.inner))
        importance, inner_importance = (
            each if each is None or each.ndim < 2 else _rows(np.broadcast_to(each, self.values.shape), stride)
            for each in (self.importance, self.inner_importance)
        )
        return _Rotated(values, importance, inner, inner_importance, self.matrix)

    def node(self, encoder: Encoder, threads: int) -> TransformNode:
        """The node of the rotated array."""
        inner = encoder.encode(TypedArray.of(self.inner), importance=self.inner_importance, threads=threads)
        return TransformNode(self.matrix, inner)


def _rows(array: Array, stride: int) -> Array:
    """Every so many rows, as a matrix."""
    return np.ascontiguousarray(array.reshape(-1, array.shape[-1])[::stride])


def _is_tall(shape: Shape) -> bool:
    return len(shape) >= 2 and 0 < shape[-1] * _ROWS_PER_COLUMN <= prod(shape[:-1])


def _rotated_importance(weights: SeparableWeights, matrix: Array, shape: Shape) -> Array:
    """How much the squared error of each rotated value counts; one for each column where all rows count alike."""
    of_column = np.square(matrix) @ weights.columns
    if np.ptp(weights.rows) == 0:
        return np.asarray(of_column)
    return np.outer(weights.rows, of_column).reshape(shape)


def _cost(node: Node, values: Array, importance: Array | None, stride: int, threads: int) -> float:
    """Bits for each value, at the exchange rate of high resolution: half of log2 of the relative error.

    The matrix counts as for the whole array, of which the values are one row in `stride`.
    """
    decoded = widen(node.decode(values.shape, NodeMemory(threads=threads)))
    error = relative_mse(values, decoded, importance)
    size: float = node_file_bytes(node)
    if isinstance(node, TransformNode):
        size = node_file_bytes(node.inner) + node_file_bytes(node.matrix) / stride
    return 8 * size / values.size + (log2(error) / 2 if error else -float("inf"))
