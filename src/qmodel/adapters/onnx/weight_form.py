"""How one weight stands in an ONNX graph: constants, and the nodes that make the weight's values of them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from qmodel import dtypes
from qmodel.dtypes import Array, ElementType
from qmodel.kernels.bitpack import pack

Shape = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Constant:
    """An initializer whose values are made when they are written.

    Attributes:
        name: of the value.
        element_type: one that ONNX has.
        shape: length of each axis.
        make: gives the storage of the values, of any shape with as many elements.
    """

    name: str
    element_type: ElementType
    shape: Shape
    make: Callable[[], Array]

    @classmethod
    def of(cls, name: str, element_type: ElementType, array: Array) -> Constant:
        """One that is small enough to be held."""
        return cls(name, element_type, array.shape, lambda: array)

    @property
    def size(self) -> int:
        """Number of bytes of the data."""
        count = prod(self.shape)
        return count if self.element_type == dtypes.BOOL else self.element_type.packed_bytes(count)

    def data(self) -> bytes:
        """The values as `TensorProto.raw_data` has them: little-endian, elements below 8 bits packed."""
        storage = np.ascontiguousarray(self.make())
        if self.element_type.bits < storage.itemsize * 8 and self.element_type != dtypes.BOOL:
            return pack(storage, self.element_type.bits).tobytes()
        if sys.byteorder == "big":
            storage = storage.byteswap()
        return storage.tobytes()


@dataclass(frozen=True, slots=True)
class WeightForm:
    """One way to write a weight.

    Attributes:
        kind: `float`, `cast`, `gather`, `dequantize_linear` or `arithmetic`.
        opset: the oldest version of the operators that has what is used.
        constants: to be written.
        nodes: NodeProtos in order; the last one makes the weight. Empty: the only constant is the weight.
    """

    kind: str
    opset: int
    constants: tuple[Constant, ...]
    nodes: tuple[Any, ...] = ()

    @property
    def size(self) -> int:
        """About how many bytes it takes in the file."""
        return sum(constant.size for constant in self.constants) + sum(int(node.ByteSize()) for node in self.nodes)
