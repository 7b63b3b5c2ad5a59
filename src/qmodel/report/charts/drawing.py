"""How charts are drawn with matplotlib: its settings, and what a chart hands to the page."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from qmodel.errors import UnsupportedError
from qmodel.report.charts.inline_svg import Ink, inline_svg

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# A point of matplotlib is a unit of the SVG, which the page scales.
_UNITS_PER_INCH = 72
_SETTINGS: Any = {
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 11,
    "text.color": Ink.TEXT,
    "text.parse_math": False,
    "axes.edgecolor": Ink.RULE,
    "axes.labelcolor": Ink.MUTED,
    "axes.labelsize": 11,
    "axes.linewidth": 1.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "axes.axisbelow": True,
    "axes.unicode_minus": True,
    "grid.color": Ink.RULE,
    "grid.linewidth": 1.0,
    "xtick.color": Ink.RULE,
    "ytick.color": Ink.RULE,
    "xtick.labelcolor": Ink.MUTED,
    "ytick.labelcolor": Ink.MUTED,
    "ytick.left": False,
    "ytick.minor.left": False,
    "xtick.minor.bottom": False,
    "path.simplify": False,
}


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart for the page.

    Attributes:
        svg: an `svg` element without its label.
        description: what it shows, for those who do not see it.
    """

    svg: str
    description: str


@contextmanager
def drawing(width: float, height: float, /) -> Iterator[Figure]:
    """A figure to draw on, in units of the page, with settings of its own whatever those of the user are.

    Raises:
        UnsupportedError: matplotlib is not installed.
    """
    try:
        import matplotlib as mpl
        from matplotlib.figure import Figure
    except ImportError:
        raise UnsupportedError("reports need matplotlib: pip install 'qmodel-format[report]'") from None
    with mpl.rc_context(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph", category=UserWarning)  # browsers have more fonts
        mpl.rcdefaults()
        mpl.rcParams.update(_SETTINGS)
        yield Figure(figsize=(width / _UNITS_PER_INCH, height / _UNITS_PER_INCH), dpi=_UNITS_PER_INCH)


def finished(figure: Figure, /, *, name: str, description: str) -> Chart:
    """The chart drawn; called while `drawing` is open.

    Args:
        figure: drawn on.
        name: different from those of all other charts of a page: letters, digits and dashes.
        description: what it shows.
    """
    import matplotlib as mpl

    mpl.rcParams["svg.hashsalt"] = name
    figure.patch.set_visible(False)
    for axes in figure.axes:
        axes.patch.set_visible(False)
    written = io.BytesIO()
    figure.savefig(written, format="svg", metadata={"Date": None, "Creator": None})
    return Chart(inline_svg(written.getvalue(), prefix=name), description)


def soft_grid(axes: Axes, /, *, axis: str) -> None:
    """Lines behind the data, and no marks at the ends."""
    axes.grid(visible=True, axis=axis)  # type: ignore[arg-type]
    axes.tick_params(length=0)
