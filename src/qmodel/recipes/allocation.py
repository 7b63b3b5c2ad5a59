"""Where the error of a whole model goes: what each way to allocate it gives a tensor, and what to expect of that."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from qmodel.dtypes import Array
from qmodel.recipes.quality import GREATEST_ERROR, LEAST_ERROR, Quality, balanced_error

Allocation = Literal["balanced", "tensor", "global", "row"]
ALLOCATIONS: tuple[Allocation, ...] = get_args(Allocation)
DEFAULT_ALLOCATION: Allocation = "balanced"

# Codes of 23 bits fit both quantizers, whatever the largest value is.
_MOST_STEPS = 2.0**22
# What entropy coding of a good quantizer takes beyond Shannon's bound.
_EXCESS_BITS = 0.1
_BISECTIONS = 50


@dataclass(frozen=True, slots=True)
class TensorPower:
    """What an allocation must know of a tensor that will be quantized; infinities and NaN are left out.

    Attributes:
        count: number of values, at least 1.
        energy: sum of their squares, above 0.
        largest: magnitude.
    """

    count: int
    energy: float
    largest: float


class AllocatedError:
    """The error of a model by one setting: a logarithm to base 2, of a relative error or, if `global`, of the step.

    What it expects is what high rates give: a squared error of step² / 12, and six decibels a bit.

    Args:
        allocation: where the error goes.
        tensors: those that are quantized.
    """

    def __init__(self, allocation: Allocation, tensors: Sequence[TensorPower], /) -> None:
        self._allocation = allocation
        self._counts = np.array([tensor.count for tensor in tensors], np.float64)
        self._energies = np.array([tensor.energy for tensor in tensors], np.float64)
        self._largest = np.array([tensor.largest for tensor in tensors], np.float64)
        self._fewest_values = fewest = min((tensor.count for tensor in tensors), default=1)
        self._ratios = self._counts / fewest if allocation == "balanced" else np.ones_like(self._counts)

    def quality(self, setting: float, /) -> Quality:
        """What the encoders are told; few digits, which the file tells in full."""
        figure = float(f"{2.0**setting:.4g}")
        if self._allocation == "global":
            return Quality(step=figure)
        of_values = self._fewest_values if self._allocation == "balanced" else None
        return Quality(relative_mse=figure, of_values=of_values, by_row=self._allocation == "row")

    @property
    def bounds(self) -> tuple[float, float]:
        """The finest and the coarsest setting worth trying: codes have a largest, and zeros no less information."""
        if not self._counts.size:
            return -1.0, -1.0
        if self._allocation == "global":
            largest = math.log2(self._largest.max())
            return max(largest - math.log2(_MOST_STEPS), -120.0), min(largest + 2, 120.0)
        finest_steps = np.square(self._largest / _MOST_STEPS) / 12
        least = finest_steps * self._counts / self._energies
        limited = least > LEAST_ERROR
        lowest = max(float((least / self._ratios)[limited].max(initial=0.0)), LEAST_ERROR / float(self._ratios.max()))
        return math.log2(min(lowest, GREATEST_ERROR)), math.log2(GREATEST_ERROR)

    def relative_mse(self, setting: float, /) -> float:
        """The error to expect of all tensors together, as a part of their sum of squares."""
        return float(self._errors(setting) @ self._energies / self._energies.sum())

    def bits(self, setting: float, /) -> float:
        """The bits to expect for all tensors together."""
        rates = 0.5 * np.log2(1 / self._errors(setting)) + _EXCESS_BITS
        return float(rates @ self._counts)

    def setting_for(self, expected: Callable[[float], float], wanted: float, /) -> float:
        """The setting at which a figure is expected to be as wanted; a bound if it cannot be.

        Args:
            expected: `relative_mse` or `bits`.
            wanted: the figure.
        """
        low, high = self.bounds
        if low >= high:
            return low
        rises = expected(high) >= expected(low)
        for _ in range(_BISECTIONS):
            middle = (low + high) / 2
            if (expected(middle) < wanted) == rises:
                low = middle
            else:
                high = middle
        return (low + high) / 2

    def _errors(self, setting: float) -> Array:
        """The relative error of each tensor."""
        if self._allocation == "global":
            steps: Array = np.minimum(4.0**setting / 12 * self._counts / self._energies, 1.0)
            return steps
        return balanced_error(2.0**setting, self._ratios)
