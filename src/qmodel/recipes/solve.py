"""Solves for the quality at which a whole model has a wanted error or size."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from qmodel.recipes.allocation import AllocatedError
from qmodel.recipes.goals import Goal, Outcome
from qmodel.recipes.quality import Quality

AnyOutcome = TypeVar("AnyOutcome", bound=Outcome)

_MOST_TRIALS = 16
# Settings nearer than this, in octaves, make all but the same, unless something jumps between them.
_ADJACENT = 0.002
_LEAST_MOVE = 0.05
_MOST_PROBES, _PROBE_DISTANCE = 6, 0.006
# Moves in one direction grow, and a bracket becomes smaller by at least a part of it.
_GROWTH = 1.5
_LEAST_PART = 0.03


@dataclass(frozen=True, slots=True)
class _Trial(Generic[AnyOutcome]):
    """A setting tried, what it gave of the figure that has a goal, and how far that is off; see `Goal.miss`."""

    setting: float
    figure: float
    miss: float
    outcome: AnyOutcome


class Search(Generic[AnyOutcome]):
    """Closes in on a goal, from both sides as soon as there are trials on both.

    Args:
        goal: what is wanted.
        allocated: what to expect of a setting.
        attempt: what becomes of the model at a quality; called a few times.
        keep: called after each attempt that is the best so far.
    """

    def __init__(
        self,
        goal: Goal,
        allocated: AllocatedError,
        attempt: Callable[[Quality], AnyOutcome],
        keep: Callable[[], None],
        /,
    ) -> None:
        self._goal = goal
        self._allocated = allocated
        self._attempt = attempt
        self._keep = keep
        self._trials: list[_Trial[AnyOutcome]] = []
        self._probes = 0

    def run(self) -> AnyOutcome:
        """The outcome that meets the goal within 1 %; where the figure jumps over that, the next below.

        Raises:
            InvalidInputError: no quality meets the goal; says what can be had.
        """
        best = self._try(self._goal.setting(self._allocated))
        while not self._goal.is_met(best.figure) and len(self._trials) < _MOST_TRIALS:
            setting = self._next_setting()
            if setting is None:
                break
            best = min(best, self._try(setting, best), key=self._rank)
        self._check(best)
        return best.outcome

    def _try(self, setting: float, best: _Trial[AnyOutcome] | None = None) -> _Trial[AnyOutcome]:
        outcome = self._attempt(self._allocated.quality(setting))
        figure = self._goal.figure(outcome)
        trial = _Trial(setting, figure, self._goal.miss(figure), outcome)
        self._trials.append(trial)
        if best is None or self._rank(trial) < self._rank(best):
            self._keep()
        return trial

    def _rank(self, trial: _Trial[AnyOutcome]) -> tuple[bool, bool, float]:
        """Lower is better: a figure that meets the goal, else one that is at most what is wanted, the nearest."""
        return not self._goal.is_met(trial.figure), not self._goal.allows(trial.figure), abs(trial.miss)

    def _check(self, best: _Trial[AnyOutcome]) -> None:
        figures = [trial.figure for trial in self._trials]
        if not self._goal.allows(best.figure) and not self._goal.is_met(best.figure):
            self._goal.refuse_too_much(min(figures))
        if all(map(self._goal.allows, figures)):
            self._goal.check_enough(best.figure)

    def _next_setting(self) -> float | None:
        """What to try next; None where nothing is left to try."""
        coarse = min((each for each in self._trials if each.miss > 0), key=lambda each: each.setting, default=None)
        fine = max(
            (each for each in self._trials if each.miss <= 0 and (not coarse or each.setting < coarse.setting)),
            key=lambda each: each.setting,
            default=None,
        )
        if coarse and fine:
            return self._between(fine, coarse)
        return self._beyond(coarse or fine or self._trials[-1])

    def _between(self, fine: _Trial[AnyOutcome], coarse: _Trial[AnyOutcome]) -> float | None:
        """By the chord; in the middle where that has just ended on the same side twice."""
        width = coarse.setting - fine.setting
        if width < _ADJACENT or self._probes:
            return self._nearby()
        part = min(max(fine.miss / (fine.miss - coarse.miss), _LEAST_PART), 1 - _LEAST_PART)
        if len(self._trials) > 3 and self._side_length() > 1:
            part = 0.5
        return fine.setting + part * width

    def _nearby(self) -> float | None:
        """Around the best, nearest first: the figures of a few values scatter from one setting to the next."""
        self._probes += 1
        if self._probes > _MOST_PROBES:
            return None
        distance = _PROBE_DISTANCE * ((self._probes + 1) // 2)
        low, high = self._allocated.bounds
        best = min(self._trials, key=self._rank)
        return min(max(best.setting + (distance if self._probes % 2 else -distance), low), high)

    def _beyond(self, last: _Trial[AnyOutcome]) -> float | None:
        """As is expected of another setting, or farther, if that was tried without success."""
        low, high = self._allocated.bounds
        if last.setting == (low if last.miss > 0 else high):
            return None
        expected = self._goal.corrected(self._allocated, last.setting, last.figure)
        distance = max(abs(expected - last.setting), _LEAST_MOVE) * _GROWTH ** (self._side_length() - 1)
        setting = last.setting - distance if last.miss > 0 else last.setting + distance
        return min(max(setting, low), high)

    def _side_length(self) -> int:
        """How many of the last trials were off to the same side."""
        sides = [trial.miss > 0 for trial in reversed(self._trials)]
        return next((number for number, side in enumerate(sides) if side != sides[0]), len(sides))
