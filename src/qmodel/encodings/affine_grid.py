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
from qmodel.typed_array import TypedArray

# To the next codes and the ones behind, which is far for small codes; and further, which is so for large ones.
_MOVES = (-1, 1, -2, 2)
_FACTORS = (2.0**-0.5, 2.0**0.5)


@dataclass(frozen=True, slots=True)
class AffineGrid:
    """The numbers that integer codes of a node can stand for, while all else of it stays.

    Attributes:
        node: the node.
        code_type: of its codes.
        codes: as floats of the type that decoding computes in.
        step: the scale of each number, of the same shape and dtype.
        zero: the zero point of each number, likewise.
    """

    node: AffineNode
    code_type: ElementType
    codes: Array
    step: Array
    zero: Array

    @classmethod
    def of(cls, node: Node, shape: tuple[int, ...], /) -> AffineGrid | None:
        """The grid of a node of numbers of some shape; None where it has no integer codes of its own."""
        if not isinstance(node, AffineNode) or not isinstance(node.codes, PlainNode):
            return None
        memory, blocks = NodeMemory(), explicit(node.block_shape, shape)
        codes = node.codes.decode(shape, memory)
        if codes.element_type.is_float:
            return None

        def spread(array: TypedArray) -> Array:
            numbers = (widen(array) if array.element_type.is_float else array.storage).astype(dtype, copy=False)
            return dequantize(np.ones(shape, np.int8), numbers, None, blocks)

        scale_shape = scales_of(shape, node.block_shape)
        scale = node.scale.decode(scale_shape, memory)
        dtype = widen(scale).dtype
        zero = np.zeros((), dtype) if node.zero_point is None else spread(node.zero_point.decode(scale_shape, memory))
        return cls(node, codes.element_type, codes.storage.astype(dtype), spread(scale), zero)

    def neighbours(self, wanted: Array, /) -> list[Array]:
        """Numbers around those stored, in the dtype of those wanted; none is larger than the largest stored."""
        stored = self._decoded(self.codes)
        moved = [self._decoded(self._clipped(self.codes + step)) for step in _MOVES]
        scaled = [self._decoded(self._nearest(wanted * wanted.dtype.type(factor))) for factor in _FACTORS]
        largest = np.abs(stored).max()
        found = (np.where(np.abs(numbers) <= largest, numbers, stored) for numbers in (*moved, *scaled))
        return [numbers.astype(wanted.dtype, copy=False) for numbers in found]

    def node_of(self, numbers: Array, coding: CodingChoice | None, /) -> AffineNode:
        """The node that stores numbers of the grid."""
        codes = self._nearest(numbers).astype(self.code_type.storage)
        return replace(self.node, codes=PlainNode(store(codes, self.code_type, coding=coding)))

    def _nearest(self, numbers: Array) -> Array:
        divisor = np.where(self.step == 0, np.inf, self.step)
        return self._clipped(np.rint(numbers / divisor + self.zero))

    def _clipped(self, codes: Array) -> Array:
        return np.clip(codes, self.code_type.minimum, self.code_type.maximum)

    def _decoded(self, codes: Array) -> Array:
        return np.asarray((codes - self.zero) * self.step)
