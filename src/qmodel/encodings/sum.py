"""`sum`: terms added in order, so that a reader may stop after the coarse ones (spec/encodings/sum.md)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from qmodel.dtypes import Array, ElementType
from qmodel.encodings.convert import widen
from qmodel.encodings.node import Encoder, Node, NodeMemory, Shape, Surroundings, TensorSource, check_size
from qmodel.encodings.operands import arithmetic_type, as_float, as_operand, check_operand
from qmodel.errors import CorruptError, InvalidInputError
from qmodel.typed_array import TypedArray

MAX_TERMS = 16


@dataclass(frozen=True, slots=True)
class SumNode(Node):
    """terms[0] + terms[1] + …; see the message `Sum` for the fields."""

    terms: tuple[Node, ...]
    kind: ClassVar[str] = "sum"

    def result_type(self, around: Surroundings, /) -> ElementType:
        """See `Node.result_type`."""
        return arithmetic_type(*(term.result_type(around) for term in self.terms))

    def check(self, shape: Shape, around: Surroundings, /) -> None:
        """See `Node.check`."""
        if not 2 <= len(self.terms) <= MAX_TERMS:
            raise CorruptError(f"sum of {len(self.terms)} terms; 2 to {MAX_TERMS} are allowed")
        for number, term in enumerate(self.terms):
            term.check(shape, around)
            check_operand(f"term {number} of a sum", term.result_type(around))
        check_size(shape, self.result_type(around), around)

    def decode(self, shape: Shape, source: TensorSource, /) -> TypedArray:
        """See `Node.decode`."""
        return self.decode_first(shape, source, len(self.terms))

    def decode_first(self, shape: Shape, source: TensorSource, count: int, /) -> TypedArray:
        """The sum of the first terms alone: the same array with a larger error.

        Args:
            shape: of the array.
            source: where chunks and other tensors are.
            count: number of terms, 1 or more; more than there are counts as all.

        Raises:
            CorruptError: a payload of one of these terms is damaged.
        """
        total = as_float(self.terms[0].decode(shape, source))
        for term in self.terms[1:count]:
            total = _added(total, term.decode(shape, source))
        return total

    def spelled(self) -> str:
        """See `Node.spelled`."""
        return f"sum({', '.join(term.spelled() for term in self.terms)})"


@dataclass(frozen=True, slots=True)
class Sum(Encoder):
    """Residual coding: each term encodes what the earlier ones, as stored, left of the values.

    Attributes:
        terms: an encoder for each term, the coarse one first; 2 to 16.

    Raises:
        InvalidInputError: another number of terms.
    """

    terms: tuple[Encoder, ...]
    kind: ClassVar[str] = "sum"

    def __post_init__(self) -> None:
        if not 2 <= len(self.terms) <= MAX_TERMS:
            raise InvalidInputError(f"a sum has 2 to {MAX_TERMS} terms, not {len(self.terms)}")

    def encode(self, array: TypedArray, /, *, importance: Array | None = None, threads: int = 1) -> SumNode:
        """See `Encoder.encode`; refuses NaN, infinities and what is not a float."""
        if not array.element_type.is_float:
            raise InvalidInputError(f"the terms of a sum add up to floats, not to {array.element_type}")
        values = widen(array)
        if not np.isfinite(values).all():
            raise InvalidInputError("NaN or infinity leaves no residual; add a rule that keeps this tensor as it is")
        return SumNode(_residual_terms(self.terms, values, importance, threads))


def _added(total: TypedArray, term: TypedArray) -> TypedArray:
    """Both rounded to the wider of their float types, and added in it."""
    element_type = arithmetic_type(total.element_type, term.element_type)
    dtype = element_type.storage
    with np.errstate(over="ignore", invalid="ignore"):
        added = np.add(as_operand(total, dtype), as_operand(term, dtype))
    return TypedArray(element_type, np.asarray(added))


def _residual_terms(
    encoders: tuple[Encoder, ...], values: Array, importance: Array | None, threads: int
) -> tuple[Node, ...]:
    """A node for each encoder, of what the nodes before it leave of the values."""
    source = NodeMemory(threads=threads)
    nodes: list[Node] = []
    total: TypedArray | None = None
    residual = values
    for number, encoder in enumerate(encoders):
        node = encoder.encode(TypedArray.of(residual), importance=importance, threads=threads)
        nodes.append(node)
        if number + 1 == len(encoders):
            break
        decoded = node.decode(values.shape, source)
        total = as_float(decoded) if total is None else _added(total, decoded)
        with np.errstate(over="ignore", invalid="ignore"):
            residual = np.asarray(values - as_operand(total, values.dtype))
        if not np.isfinite(residual).all():
            raise InvalidInputError(f"term {number}, {node.spelled()}, leaves a residual that is not finite")
    return tuple(nodes)
