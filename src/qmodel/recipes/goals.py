"""What a search for a quality is to meet: an error of the whole model, or a size of its file."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NoReturn, Protocol

from qmodel.errors import InvalidInputError
from qmodel.recipes.allocation import AllocatedError

_TOLERANCE = 0.0095
# A size is aimed at a little below what is wanted, which it must not exceed.
_AIM = 0.996
_LEAST_ERROR = 2.0**-100


class Outcome(Protocol):
    """What became of a model at some quality."""

    @property
    def output_bytes(self) -> int:
        """Size of the whole file."""

    @property
    def relative_mse(self) -> float:
        """Sum of squared errors over sum of squares, over all tensors stored with loss."""


class Goal(Protocol):
    """A figure of an outcome that is wanted."""

    def figure(self, outcome: Outcome, /) -> float:
        """The figure of an outcome."""

    def miss(self, figure: float, /) -> float:
        """How far a figure is from what is aimed at; positive where a finer setting is needed."""

    def is_met(self, figure: float, /) -> bool:
        """Whether a figure is what is wanted, within 1 %."""

    def allows(self, figure: float, /) -> bool:
        """Whether a figure is at most what is wanted."""

    def setting(self, allocated: AllocatedError, /) -> float:
        """The setting that is expected to meet the goal, before anything was tried."""

    def corrected(self, allocated: AllocatedError, setting: float, figure: float, /) -> float:
        """The setting that is expected to meet the goal, where another one gave a figure."""

    def refuse_too_much(self, least: float, /) -> NoReturn:
        """Refuse: the least figure that can be had is more than what is wanted."""

    def check_enough(self, most: float, /) -> None:
        """Refuse where the most that can be had is less than what is wanted, if that matters."""


@dataclass(frozen=True, slots=True)
class ErrorGoal:
    """A relative error of all quantized tensors together.

    Attributes:
        wanted: squared error as a part of the sum of squares.
    """

    wanted: float

    def figure(self, outcome: Outcome, /) -> float:
        """See `Goal.figure`."""
        return max(outcome.relative_mse, _LEAST_ERROR)

    def miss(self, figure: float, /) -> float:
        """See `Goal.miss`."""
        return math.log(figure / self.wanted)

    def is_met(self, figure: float, /) -> bool:
        """See `Goal.is_met`."""
        return abs(figure / self.wanted - 1) <= _TOLERANCE

    def allows(self, figure: float, /) -> bool:
        """See `Goal.allows`."""
        return figure <= self.wanted

    def setting(self, allocated: AllocatedError, /) -> float:
        """See `Goal.setting`."""
        return allocated.setting_for(allocated.relative_mse, self.wanted)

    def corrected(self, allocated: AllocatedError, setting: float, figure: float, /) -> float:
        """See `Goal.corrected`."""
        excess = figure / allocated.relative_mse(setting)
        return allocated.setting_for(allocated.relative_mse, self.wanted / excess)

    def refuse_too_much(self, least: float, /) -> NoReturn:
        """See `Goal.refuse_too_much`."""
        raise InvalidInputError(
            f"no quality gives a relative MSE of {self.wanted:g}: the least is {least:.3g}; `lossless` keeps every bit"
        )

    def check_enough(self, most: float, /) -> None:
        """An error that is smaller than allowed is no reason to refuse."""


@dataclass(frozen=True, slots=True)
class SizeGoal:
    """A size of the whole file.

    Attributes:
        wanted: bytes.
        kept_bytes: of the tensors that are not quantized, before compression.
    """

    wanted: int
    kept_bytes: int

    def figure(self, outcome: Outcome, /) -> float:
        """See `Goal.figure`."""
        return float(outcome.output_bytes)

    def miss(self, figure: float, /) -> float:
        """See `Goal.miss`."""
        return 1 - figure / max(self.wanted * _AIM, 1.0)

    def is_met(self, figure: float, /) -> bool:
        """See `Goal.is_met`."""
        return self.wanted * (1 - _TOLERANCE) <= figure <= self.wanted

    def allows(self, figure: float, /) -> bool:
        """See `Goal.allows`."""
        return figure <= self.wanted

    def setting(self, allocated: AllocatedError, /) -> float:
        """See `Goal.setting`."""
        return allocated.setting_for(allocated.bits, 8 * (self.wanted * _AIM - self.kept_bytes))

    def corrected(self, allocated: AllocatedError, setting: float, figure: float, /) -> float:
        """See `Goal.corrected`."""
        others = 8 * figure - allocated.bits(setting)
        return allocated.setting_for(allocated.bits, 8 * self.wanted * _AIM - others)

    def refuse_too_much(self, least: float, /) -> NoReturn:
        """See `Goal.refuse_too_much`."""
        raise InvalidInputError(
            f"no quality makes a file of {self.wanted:,} bytes: the smallest has {least:,.0f} bytes "
            f"(the graph and tensors that are not quantized count, too)"
        )

    def check_enough(self, most: float, /) -> None:
        """See `Goal.check_enough`."""
        if not self.is_met(most):
            raise InvalidInputError(
                f"no quality makes a file of {self.wanted:,} bytes: the largest has {most:,.0f} bytes; "
                f"`lossless` keeps every bit"
            )
