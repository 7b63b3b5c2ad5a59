"""Collects figures that have a target and prints them in one table at the end: `pytest benchmarks --benchmark-only`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest


@dataclass(frozen=True, slots=True)
class Figure:
    """A measured figure and its target; `at_least` tells on which side of the target it should be."""

    name: str
    value: float
    unit: str
    target: float
    at_least: bool

    @property
    def met(self) -> bool:
        """Whether the target is reached."""
        return self.value >= self.target if self.at_least else self.value <= self.target


_figures: list[Figure] = []


@pytest.fixture
def figure() -> Callable[..., None]:
    """Record a figure: `figure(name, value, unit, at_least=…)` or `at_most=…`."""

    def record(
        name: str, value: float, unit: str, *, at_least: float | None = None, at_most: float | None = None
    ) -> None:
        target = at_least if at_least is not None else at_most
        assert target is not None
        _figures.append(Figure(name, value, unit, target, at_least is not None))

    return record


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the table; a target that is not met is shown, and is no failure: machines differ and are shared."""
    if not _figures:
        return
    terminalreporter.section("figures against their targets")
    width = max(len(each.name) for each in _figures)
    for each in _figures:
        bound = f"{'≥' if each.at_least else '≤'} {each.target:g}"
        verdict = "" if each.met else "   NOT MET"
        terminalreporter.write_line(f"{each.name:{width}}  {each.value:9.3f} {each.unit:5} target {bound}{verdict}")
