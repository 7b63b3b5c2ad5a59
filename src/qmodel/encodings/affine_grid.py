"""What stored scales can become, one by one, where they are affine themselves: what other codes stand for."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from qmodel.buffers import CodingChoice, store
from qmodel.dtypes import Array, ElementType
from qmodel.encodings.affine_blocks import explicit, scales_of
from qmodel.encodings.affine_node import AffineNode
from qmodel.encodings.convert import widen
from qmodel.encodings.node import Node, NodeMemory
from qmodel.encodings.plain import PlainNode
from qmodel.kernels.affine import dequantize

# To the next codes and the ones behind, which is far for small codes; and further, which is so for large ones.
_MOVES = np.array([[0], [-1], [1], [-2], [2]])
_FACTORS = np.array([[2.0**-0.5], [2.0**0.5]])


@dataclass(frozen=True, slots=True)
class AffineGrid:
    """The numbers that integer codes of a node can stand for, while all else of it stays.

    Attributes:
        node: the node.
        code_type: of its codes.
        numbers: the codes, the scale of each and, where there is one, its zero point, all of the shape of what is
            stored; scales and zero points are of the type that decoding computes in.
        largest: the largest magnitude stored.
    """

    node: AffineNode
    code_type: ElementType
    numbers: tuple[Array, ...]
    largest: float

    @classmethod
    def of(cls, node: Node, stored: Array, /) -> AffineGrid | None:
        """The grid of a node, given what it stores; None where it has no integer codes of its own."""
        if not isinstance(node, AffineNode) or not isinstance(node.codes, PlainNode):
            return None
        memory, blocks = NodeMemory(), explicit(node.block_shape, stored.shape)
        codes = node.codes.decode(stored.shape, memory)
        if codes.element_type.is_float:
            return None
        scale_shape = scales_of(stored.shape, node.block_shape)
        scale = widen(node.scale.decode(scale_shape, memory))

        def spread(array: Array) -> Array:
            ones = np.ones(stored.shape, np.int8)
            return dequantize(ones, array.astype(scale.dtype, copy=False), None, blocks)

        numbers = [codes.storage, spread(scale)]
        if node.zero_point is not None:
            zero = node.zero_point.decode(scale_shape, memory)
            numbers.append(spread(widen(zero) if zero.element_type.is_float else zero.storage))
        return cls(node, codes.element_type, tuple(numbers), float(np.abs(stored).max()))

    def neighbours(self, wanted: Array, codes: Array, step: Array, zero: Array | None = None, /) -> Array:
        """What is stored, then what is around it, no larger than the largest stored.

        Args:
            wanted: some of the numbers to store, on one axis.
            codes, step, zero: the same of `numbers`.

        Returns:
            Shape (number of neighbours, length of wanted), of the dtype of wanted.
        """
        moved = codes.astype(step.dtype) + _MOVES.astype(step.dtype)
        with np.errstate(over="ignore"):  # what is too large is larger than the largest
            scaled = _steps(wanted * _FACTORS.astype(wanted.dtype), step, zero)
            near = self._clipped(np.concatenate((moved, scaled)))
            found = (near if zero is None else near - zero) * step
        return np.where(np.abs(found) <= self.largest, found, found[0]).astype(wanted.dtype, copy=False)

    def node_of(self, stored: Array, coding: CodingChoice | None, /) -> AffineNode:
        """The node that stores numbers of the grid."""
        codes = self._clipped(_steps(stored, *self.numbers[1:])).astype(self.code_type.storage)
        return replace(self.node, codes=PlainNode(store(codes, self.code_type, coding=coding)))

    def _clipped(self, codes: Array) -> Array:
        return np.clip(codes, self.code_type.minimum, self.code_type.maximum)


def _steps(wanted: Array, step: Array, zero: Array | None = None) -> Array:
    """The codes nearest to numbers, beyond those there are."""
    steps = wanted / np.where(step == 0, np.inf, step)
    return np.rint(steps if zero is None else steps + zero)
