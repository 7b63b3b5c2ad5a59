"""`alias`: another tensor of the same file, as tied weights are (spec/encodings/alias.md)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from qmodel.dtypes import Array, ElementType
from qmodel.encodings.node import Encoder, Node, Shape, Surroundings, TensorSource
from qmodel.errors import CorruptError
from qmodel.typed_array import TypedArray


@dataclass(frozen=True, slots=True)
class AliasNode(Node):
    """The values of another tensor."""

    tensor: str
    kind: ClassVar[str] = "alias"

    def result_type(self, around: Surroundings, /) -> ElementType:
        """See `Node.result_type`."""
        element_type = around.element_types(self.tensor)
        if element_type is None:
            raise CorruptError(f"alias of tensor {self.tensor!r}, which the file does not hold")
        return element_type

    def check(self, shape: Shape, around: Surroundings, /) -> None:
        """See `Node.check`."""
        self.result_type(around)
        if around.holds_alias(self.tensor):
            raise CorruptError(f"alias of tensor {self.tensor!r}, which holds an alias itself")
        if around.shapes(self.tensor) != shape:
            raise CorruptError(f"alias of tensor {self.tensor!r} of shape {around.shapes(self.tensor)}, not {shape}")

    def decode(self, shape: Shape, source: TensorSource, /) -> TypedArray:
        """See `Node.decode`."""
        return source.tensor(self.tensor)

    def spelled(self) -> str:
        """See `Node.spelled`."""
        return f"alias of {self.tensor}"


def holds_alias(node: Node, /) -> bool:
    """Whether a tree has an alias anywhere; such a tensor cannot be the target of another alias."""
    return any(isinstance(each, AliasNode) for each in node.walk())


@dataclass(frozen=True, slots=True)
class Alias(Encoder):
    """Refer to another tensor, which must hold exactly the same values.

    Attributes:
        tensor: name of the other tensor.
    """

    tensor: str
    kind: ClassVar[str] = "alias"

    def encode(self, array: TypedArray, /, *, importance: Array | None = None, threads: int = 1) -> AliasNode:
        """See `Encoder.encode`; that the tensors are equal is checked by whoever knows both."""
        return AliasNode(self.tensor)
