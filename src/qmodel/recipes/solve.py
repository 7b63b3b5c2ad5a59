"""Solves for the quality at which a whole model has a wanted error or size."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn, Protocol

from qmodel.errors import InvalidInputError
from qmodel.recipes.quality import Quality, QualityTarget

# Steps at high rates: six decibels a bit.
_BITS_PER_OCTAVE_OF_ERROR = 0.5
_MOST_ROUNDS = 12
_TOLERANCE = 0.008
# A size is aimed at a little below what is wanted.
_AIM = 0.996
_LOWEST, _HIGHEST = 2.0**-40, 0.98


class Outcome(Protocol):
    """What became of a model at some quality."""

    @property
    def output_bytes(self) -> int:
        """Size of the whole file."""

    @property
    def relative_mse(self) -> float:
        """Sum of squared errors over sum of squares, over all tensors stored with loss."""


@dataclass(frozen=True, slots=True)
class _Trial:
    """One quality tried: logarithms to base 2 of the setting and of the error, and the size."""

    setting: float
    error: float
    size: int


def solve(target: QualityTarget, weights: int, mean_square: float, attempt: Callable[[Quality], Outcome], /) -> Quality:
    """Find the quality that meets a target within 1 %.

    Args:
        target: what is wanted, of no direct quality.
        weights: number of values of all tensors.
        mean_square: of the values that are quantized.
        attempt: what becomes of the model at a quality; called a few times.

    Raises:
        InvalidInputError: no quality meets the target; says how near it can be met.
    """
    search = _Search(target, weights, attempt)
    start = math.log2(target.relative_mse) if target.relative_mse is not None else search.guessed_error()
    if target.allocate == "global":
        start = (start + math.log2(3 * max(mean_square, 1e-300))) / 2
    return search.quality(search.run(start))


class _Search:
    """A secant search on the logarithm of the relative error, or of the step, of what is wanted."""

    def __init__(self, target: QualityTarget, weights: int, attempt: Callable[[Quality], Outcome]) -> None:
        self._target = target
        self._attempt = attempt
        self._wanted_bytes = target.target_bytes or int((target.bits_per_weight or 0) * weights / 8)
        self._weights = max(weights, 1)
        self._trials: list[_Trial] = []

    def guessed_error(self) -> float:
        """Where six decibels a bit put the error, as a logarithm to base 2."""
        return -self._wanted_bytes * 8 / self._weights / _BITS_PER_OCTAVE_OF_ERROR

    def quality(self, setting: float) -> Quality:
        """The quality of a setting."""
        figure = 2.0**setting
        if self._target.allocate == "global":
            return Quality(step=figure)
        return Quality(relative_mse=figure, by_row=self._target.allocate == "row")

    def run(self, setting: float) -> float:
        """The setting that meets the target."""
        for _ in range(_MOST_ROUNDS):
            setting = self._bounded(setting)
            if any(trial.setting == setting for trial in self._trials):
                break
            outcome = self._attempt(self.quality(setting))
            error = math.log2(max(outcome.relative_mse, 2.0**-100))
            self._trials.append(_Trial(setting, error, outcome.output_bytes))
            if abs(self._miss(self._trials[-1])) <= self._tolerance:
                return setting
            setting = self._next()
        best = min(self._trials, key=lambda trial: abs(self._miss(trial)))
        if abs(self._miss(best)) > 2 * self._tolerance:
            self._refuse(best)
        return best.setting

    def _miss(self, trial: _Trial) -> float:
        """How far the trial is from what is wanted: logarithm to base 2 of the ratio, of errors or of sizes."""
        if self._target.relative_mse is not None:
            return trial.error - math.log2(self._target.relative_mse)
        return math.log2(trial.size / (self._wanted_bytes * _AIM))

    @property
    def _tolerance(self) -> float:
        return math.log2(1 + _TOLERANCE) if self._target.relative_mse is not None else math.log2(1 + _TOLERANCE / 2)

    def _next(self) -> float:
        above = min((t for t in self._trials if self._miss(t) > 0), key=self._miss, default=None)
        below = max((t for t in self._trials if self._miss(t) <= 0), key=self._miss, default=None)
        if above and below:
            weight = self._miss(above) / (self._miss(above) - self._miss(below))
            return above.setting + (below.setting - above.setting) * min(max(weight, 0.02), 0.98)
        last = self._trials[-1]
        return last.setting - self._miss(last) / self._slope(last)

    def _slope(self, last: _Trial) -> float:
        """How fast the miss grows with the setting: by the last two trials, else by six decibels a bit."""
        if len(self._trials) > 1:
            before = self._trials[-2]
            slope = (self._miss(last) - self._miss(before)) / (last.setting - before.setting)
            if slope * self._usual_slope(last) > 0:
                return slope
        return self._usual_slope(last)

    def _usual_slope(self, last: _Trial) -> float:
        octaves = 2.0 if self._target.allocate == "global" else 1.0
        if self._target.relative_mse is not None:
            return octaves
        bits_per_weight = last.size * 8 / self._weights
        return -octaves * _BITS_PER_OCTAVE_OF_ERROR / max(bits_per_weight, 0.1) / math.log(2)

    def _bounded(self, setting: float) -> float:
        if self._target.allocate == "global":
            return min(max(setting, -100.0), 100.0)
        return min(max(setting, math.log2(_LOWEST)), math.log2(_HIGHEST))

    def _refuse(self, best: _Trial) -> NoReturn:
        if self._target.relative_mse is not None:
            raise InvalidInputError(
                f"no step gives a relative MSE of {self._target.relative_mse:g}; the nearest is {2**best.error:.3g}"
            )
        raise InvalidInputError(
            f"no quality makes a file of {self._wanted_bytes:,} bytes; the nearest has {best.size:,} bytes "
            f"(the graph and what is not quantized count)"
        )
