"""What must hold, judged: a figure and the bound it should keep. Nobody else decides what is met."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

Format = Callable[[float], str]


@dataclass(frozen=True, slots=True)
class Verdict:
    """One target on one subject.

    Attributes:
        claim: in words.
        subject: on what.
        wanted: the bound, as shown.
        measured: the figure, as shown.
        met: whether the figure keeps the bound; False where there is no figure.
    """

    claim: str
    subject: str
    wanted: str
    measured: str
    met: bool

    @property
    def word(self) -> str:
        """As the page says it."""
        return "MET" if self.met else "**NOT MET**"


def at_most(claim: str, subject: str, figure: float | None, bound: float, shown: Format) -> Verdict:
    return _verdict(claim, subject, figure, f"≤ {shown(bound)}", shown, figure is not None and figure <= bound)


def at_least(claim: str, subject: str, figure: float | None, bound: float, shown: Format) -> Verdict:
    return _verdict(claim, subject, figure, f"≥ {shown(bound)}", shown, figure is not None and figure >= bound)


def _verdict(claim: str, subject: str, figure: float | None, wanted: str, shown: Format, met: bool) -> Verdict:
    return Verdict(claim, subject, wanted, "no figure" if figure is None else shown(figure), met)


def percent(part: float) -> str:
    return f"{100 * part:.2f} %"


def bits(figure: float) -> str:
    return f"{figure:.3f} b/w"


def size(figure: float) -> str:
    return f"{figure:,.0f} B"


def million_weights(figure: float) -> str:
    return f"{figure:.2f} M/s" if figure < 10 else f"{figure:.0f} M/s"


def gigabytes(figure: float) -> str:
    """Of a rate in millions of bytes a second."""
    return f"{figure / 1000:.2f} GB/s"


def times(figure: float) -> str:
    return f"{figure:.2f} ×"
