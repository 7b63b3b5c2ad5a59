"""What a user may want of a whole model."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Integral, Real

from qmodel.encodings.step import check_quality
from qmodel.errors import InvalidInputError
from qmodel.recipes.allocation import ALLOCATIONS, DEFAULT_ALLOCATION, Allocation

_MOST_BITS = 64


@dataclass(frozen=True, slots=True)
class QualityTarget:
    """What a user wants of a whole model; exactly one figure is given.

    Attributes:
        relative_mse: squared error of all quantized tensors together, as a part of their sum of squares.
        bits_per_weight: bits of the file for each value of a tensor.
        target_bytes: size of the file.
        allocate: where the error goes: `balanced`, a relative error in proportion to the number of a tensor's values,
            which makes the sum of the tensors' relative errors the least; `tensor`, the same relative error in each;
            `global`, the same step in all, which makes the total squared error the least; `row`, the same relative
            error in each output channel.

    Raises:
        InvalidInputError: none or several are given, or one is out of range.
    """

    relative_mse: float | None = None
    bits_per_weight: float | None = None
    target_bytes: int | None = None
    allocate: Allocation = DEFAULT_ALLOCATION

    def __post_init__(self) -> None:
        given = [each for each in (self.relative_mse, self.bits_per_weight, self.target_bytes) if each is not None]
        if len(given) != 1:
            raise InvalidInputError("give one of relative_mse, bits_per_weight and target_bytes")
        if not isinstance(given[0], Real):
            raise InvalidInputError(f"a quality is a number, not {given[0]!r}")
        check_quality(self.relative_mse, None)
        if self.bits_per_weight is not None and not 0 < self.bits_per_weight <= _MOST_BITS:
            raise InvalidInputError(f"bits_per_weight is above 0 and at most {_MOST_BITS}, not {self.bits_per_weight}")
        if self.target_bytes is not None and not (isinstance(self.target_bytes, Integral) and self.target_bytes > 0):
            raise InvalidInputError(f"target_bytes is a whole number of bytes, at least 1, not {self.target_bytes}")
        if self.allocate not in ALLOCATIONS:
            raise InvalidInputError(f"allocate is one of {', '.join(ALLOCATIONS)}, not {self.allocate!r}")

    def bytes_for(self, weights: int, /) -> int | None:
        """The largest file that will do for a model of so many values; None where an error is wanted."""
        if self.bits_per_weight is not None:
            return int(self.bits_per_weight * weights / 8)
        return self.target_bytes
