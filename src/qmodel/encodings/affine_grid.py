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
_MOVES = (-1, 1, -2, 2)
_FACTORS = (2.0**-0.5, 2.0**0.5)


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

    def neighbours(self, wanted: Array, codes: Array, step: Array, zero: Array | None = None, /) -> list[Array]:
        """What is stored and what is around it, in the dtype of what is wanted; no larger than the largest stored.

        Args:
            wanted: some of the numbers to store.
            codes, step, zero: the same of `numbers`.
        """
        codes = codes.astype(step.dtype)
        stored = _decoded(codes, step, zero)
        others = [_decoded(self._clipped(codes + move), step, zero) for move in _MOVES]
        for factor in _FACTORS:
            others.append(_decoded(self._nearest(wanted * wanted.dtype.type(factor), step, zero), step, zero))
        found = (stored, *(np.where(np.abs(other) <= self.largest, other, stored) for other in others))
        return [numbers.astype(wanted.dtype, copy=False) for numbers in found]

    def node_of(self, stored: Array, coding: CodingChoice | None, /) -> AffineNode:
        """The node that stores numbers of the grid."""
        codes = self._nearest(stored, *self.numbers[1:]).astype(self.code_type.storage)
        return replace(self.node, codes=PlainNode(store(codes, self.code_type, coding=coding)))

    def _nearest(self, wanted: Array, step: Array, zero: Array | None = None) -> Array:
        steps = wanted / np.where(step == 0, np.inf, step)
        return self._clipped(np.rint(steps if zero is None else steps + zero))

    def _clipped(self, codes: Array) -> Array:
        return np.clip(codes, self.code_type.minimum, self.code_type.maximum)


def _decoded(codes: Array, step: Array, zero: Array | None) -> Array:
    return np.asarray((codes if zero is None else codes - zero) * step)
