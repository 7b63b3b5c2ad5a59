"""The distribution of a tensor's values: the original as an area, what is stored as its levels or as a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from qmodel.dtypes import Array
from qmodel.report.charts.drawing import Chart, drawing, finished
from qmodel.report.charts.inline_svg import Ink
from qmodel.report.charts.labels import fitting
from qmodel.report.facts import WeightHistogram

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_WIDTH, _HEIGHT = 300, 132
_LEVEL_WIDTH_LIMITS = (0.6, 5.0)
_NAME_LENGTH = 60
_MANY_LEVELS, _USUAL_PERCENT, _MOST_ABOVE_USUAL = 32, 90, 2.5


def histogram_chart(histogram: WeightHistogram, number: int, /) -> Chart:
    """Draw a histogram; `number` tells it from the others of the page."""
    with drawing(_WIDTH, _HEIGHT) as figure:
        axes = figure.add_axes((0.03, 0.2, 0.94, 0.77))
        if histogram.original is not None:
            _draw_area(axes, histogram, histogram.original * _bins_a_level(histogram))
        if histogram.levels is not None and histogram.at_levels is not None:
            _draw_levels(axes, histogram.levels, histogram.at_levels, histogram.high - histogram.low)
        if histogram.decoded is not None:
            axes.stairs(histogram.decoded, _edges(histogram, histogram.decoded), color=Ink.ACCENT, linewidth=1.6)
        axes.set_xlim(histogram.low, histogram.high)
        axes.set_ylim(0, _top(histogram))
        axes.set_yticks([])
        axes.tick_params(axis="x", length=3)
        axes.locator_params(axis="x", nbins=6)
        return finished(figure, name=f"weights-{number}", description=_description(histogram))


def _draw_area(axes: Axes, histogram: WeightHistogram, heights: Array) -> None:
    axes.stairs(heights, _edges(histogram, heights), fill=True, color=Ink.OTHER, alpha=0.45, linewidth=0)


def _draw_levels(axes: Axes, levels: Array, heights: Array, span: float) -> None:
    """A thin bar for each level, all in one path."""
    apart = float(np.median(np.diff(levels))) / span * _WIDTH if len(levels) > 1 else _WIDTH
    low, high = _LEVEL_WIDTH_LIMITS
    gap = np.full(len(levels), np.nan)
    xs = np.column_stack([levels, levels, gap]).ravel()
    ys = np.column_stack([np.zeros(len(levels)), heights, gap]).ravel()
    width = min(max(0.5 * apart, low), high)
    axes.plot(xs, ys, color=Ink.ACCENT, linewidth=width, solid_capstyle="butt")


def _top(histogram: WeightHistogram) -> float:
    """Where the picture ends: of many levels, those at the ends of the scale may be far higher than all others."""
    original = np.zeros(1) if histogram.original is None else histogram.original * _bins_a_level(histogram)
    stored = histogram.decoded if histogram.at_levels is None else histogram.at_levels
    assert stored is not None
    highest = max(float(original.max()), float(stored.max(initial=0.0)))
    if histogram.levels is not None and len(histogram.levels) > _MANY_LEVELS:
        usual = max(float(original.max()), float(np.percentile(stored, _USUAL_PERCENT)))
        highest = min(highest, _MOST_ABOVE_USUAL * usual)
    return 1.05 * highest or 1.0


def _edges(histogram: WeightHistogram, heights: Array) -> Array:
    return np.linspace(histogram.low, histogram.high, len(heights) + 1)


def _bins_a_level(histogram: WeightHistogram) -> float:
    """How many bins of the original are as wide as the mean distance of levels, which makes both comparable."""
    if histogram.levels is None or histogram.original is None or len(histogram.levels) < 2:
        return 1.0
    distance = (histogram.levels[-1] - histogram.levels[0]) / (len(histogram.levels) - 1)
    return float(distance / (histogram.high - histogram.low) * len(histogram.original))


def _description(histogram: WeightHistogram) -> str:
    what = "stored values" if histogram.original is None else "original and stored values"
    levels = "" if histogram.levels is None else f"; the stored ones have {len(histogram.levels)} levels"
    return f"Histogram of the {what} of {fitting(histogram.tensor, _NAME_LENGTH)}{levels}."
