"""What all convolutions have in common: how a kernel moves, and what is done with the result."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from qmodel.dtypes import Array

Finish: TypeAlias = Callable[[Array], None]


@dataclass(frozen=True, slots=True)
class ConvolutionGeometry:
    """How a kernel moves over the space; every tuple has one entry for each spatial axis.

    Attributes:
        kernel: lengths of the kernel.
        strides: steps of the kernel.
        dilations: distances of neighbouring kernel elements.
        pads_before: zeros before each axis.
        pads_after: zeros after each axis.
    """

    kernel: tuple[int, ...]
    strides: tuple[int, ...]
    dilations: tuple[int, ...]
    pads_before: tuple[int, ...]
    pads_after: tuple[int, ...]

    def output_space(self, space: tuple[int, ...]) -> tuple[int, ...]:
        """Lengths of the output's spatial axes."""
        return tuple(
            max(0, (length + before + after - dilation * (kernel - 1) - 1) // stride + 1)
            for length, kernel, stride, dilation, before, after in zip(
                space, self.kernel, self.strides, self.dilations, self.pads_before, self.pads_after, strict=True
            )
        )

    @property
    def is_pointwise(self) -> bool:
        """Whether every output position reads the input at the same position only."""
        return not any(self.pads_before + self.pads_after) and set(self.kernel + self.strides) == {1}
