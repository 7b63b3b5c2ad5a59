"""What a preset may know of a tensor."""

from __future__ import annotations

from dataclasses import dataclass

from qmodel.dtypes import ElementType
from qmodel.model import is_weight


@dataclass(frozen=True, slots=True)
class TensorFacts:
    """What a preset may know of a tensor.

    Attributes:
        name: of the tensor.
        shape: length of each axis.
        element_type: type of the values.
        output_axis: the axis of a weight that counts output channels, where the graph tells; else None.
    """

    name: str
    shape: tuple[int, ...]
    element_type: ElementType
    output_axis: int | None = None

    @property
    def is_weight(self) -> bool:
        """Whether it is worth quantizing; see `qmodel.model.is_weight`."""
        return is_weight(self.element_type, self.shape)
