"""Bits for each weight against the error they leave: this file among the alternatives."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from qmodel.report.charts.drawing import Chart, drawing, finished, soft_grid
from qmodel.report.charts.inline_svg import Ink
from qmodel.report.charts.labels import label_powers
from qmodel.report.facts import Alternative, Alternatives

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_WIDTH, _HEIGHT = 920, 520
_MARGINS = (52, 46, 24, 16)  # left, below, right, above
_CURVES = {"small": Ink.THIRD, "fast": Ink.OTHER}
# What takes far more bits than the curves and this file would press the rest together.
_BEYOND = 1.1
_CHARACTER, _LINE = 6.2, 13
# Where a label may stand, from its point: beside it, above, below; and farther off, with a line to the point.
_NEAR = ((8, 0, "left"), (-8, 0, "right"), (0, 12, "center"), (0, -12, "center"), (7, -11, "left"), (7, 11, "left"))
_FAR = tuple(
    (sign * right, up, side)
    for right, up in ((24, 18), (24, -18), (36, 34), (36, -34), (48, 0), (48, 52), (48, -52), (70, 24), (70, 70))
    for sign, side in ((1, "left"), (-1, "right"))
)
# Dots and lines are as much in the way as other labels.
_DOT, _RING, _LINE_PIECES = 8, 18, 12

Box = tuple[float, float, float, float]


def rate_distortion_chart(alternatives: Alternatives, /) -> Chart | None:
    """Draw all that has an error; None where nothing has."""
    shown = _shown(alternatives)
    if not shown:
        return None
    left, below, right, above = _MARGINS
    with drawing(_WIDTH, _HEIGHT) as figure:
        size = ((_WIDTH - left - right) / _WIDTH, (_HEIGHT - below - above) / _HEIGHT)
        axes = figure.add_axes((left / _WIDTH, below / _HEIGHT, *size))
        axes.set_yscale("log")
        soft_grid(axes, axis="both")
        axes.set_xlabel("bits per weight")
        axes.set_ylabel("relative squared error")
        _draw_curves(axes, shown)
        presets = [each for each in shown if each.recipe not in _CURVES]
        axes.scatter(
            [each.bits_per_weight for each in presets],
            [each.relative_mse for each in presets],
            30,
            color=Ink.MUTED,
            zorder=3,
        )
        _draw_this(axes, alternatives.this)
        label_powers(axes.yaxis)
        axes.margins(x=0.04)
        _label(axes, alternatives.this, shown)
        return finished(figure, name="alternatives", description=_description(alternatives, len(shown)))


def _shown(alternatives: Alternatives) -> list[Alternative]:
    """Those with an error that is no infinity, and with bits not far beyond those of this file and of the curves."""
    drawable = [each for each in alternatives.others if not each.problem and 0 < each.relative_mse < math.inf]
    curves = [each.bits_per_weight for each in drawable if each.recipe in _CURVES]
    most = _BEYOND * max([alternatives.this.bits_per_weight, *curves])
    return [each for each in drawable if each.bits_per_weight <= most]


def _draw_curves(axes: Axes, shown: Sequence[Alternative]) -> None:
    for recipe, ink in _CURVES.items():
        points = sorted((each.bits_per_weight, each.relative_mse) for each in shown if each.recipe == recipe)
        if points:
            axes.plot(*zip(*points, strict=True), color=ink, marker="o", markersize=4, linewidth=2)


def _draw_this(axes: Axes, this: Alternative) -> None:
    """A large dot with a ring; without an error, a line."""
    if not 0 < this.relative_mse < math.inf:
        axes.axvline(this.bits_per_weight, color=Ink.ACCENT, linewidth=2, linestyle=(0, (5, 3)))
        return
    axes.scatter([this.bits_per_weight], [this.relative_mse], 260, color="none", edgecolor=Ink.ACCENT, linewidth=1.5)
    axes.scatter([this.bits_per_weight], [this.relative_mse], 90, color=Ink.ACCENT, zorder=5)


def _label(axes: Axes, this: Alternative, shown: Sequence[Alternative]) -> None:
    """Name each preset, and each curve at its upper end, where nothing else is; this file first."""
    axes.autoscale_view()  # settles what pixels are
    labels = _Labels(axes, _obstacles(axes, shown))
    if 0 < this.relative_mse < math.inf:
        labels.taken.append(_box(*_pixels(axes, this), _RING, _RING, "center"))
        labels.write(this, "this file", Ink.ACCENT, clearance=10)
    else:
        text = f"this file, without error: {this.bits_per_weight:.2f} bits"
        at = (this.bits_per_weight, 0.96)
        away: Any = {"xycoords": ("data", "axes fraction"), "textcoords": "offset points", "ha": "right"}
        axes.annotate(text, at, (-6, 0), color=Ink.ACCENT, weight="bold", **away)
    for recipe, ink in _CURVES.items():
        curve = [each for each in shown if each.recipe == recipe]
        if curve:
            labels.write(max(curve, key=lambda each: each.relative_mse), recipe, ink)
    for each in shown:
        if each.recipe not in _CURVES:
            labels.write(each, each.recipe, Ink.TEXT)


def _obstacles(axes: Axes, shown: Sequence[Alternative]) -> list[Box]:
    """The dots, and pieces of the curves."""
    boxes = [_box(*_pixels(axes, each), _DOT, _DOT, "center") for each in shown]
    for recipe in _CURVES:
        points = sorted(_pixels(axes, each) for each in shown if each.recipe == recipe)
        for (x, y), (next_x, next_y) in pairwise(points):
            for piece in range(1, _LINE_PIECES):
                part = piece / _LINE_PIECES
                boxes.append(_box(x + part * (next_x - x), y + part * (next_y - y), 4, 4, "center"))
    return boxes


@dataclass(frozen=True, slots=True)
class _Labels:
    """Writes labels where nothing is yet."""

    axes: Axes
    taken: list[Box]

    def write(self, at: Alternative, text: str, ink: Ink, /, *, clearance: float = 0) -> None:
        """Write beside a point at the first place that is free, else at the first."""
        x, y = _pixels(self.axes, at)
        places = [
            (right + math.copysign(clearance, right) * bool(right), up + math.copysign(clearance, up) * bool(up), side)
            for right, up, side in (*_NEAR, *_FAR)
        ]
        boxes = [_box(x + right, y + up, len(text) * _CHARACTER, _LINE, side) for right, up, side in places]
        chosen = next((number for number, box in enumerate(boxes) if self._is_free(box)), 0)
        self.taken.append(boxes[chosen])
        right, up, side = places[chosen]
        line: Any = {"arrowstyle": "-", "color": Ink.MUTED, "linewidth": 0.8, "shrinkA": 0, "shrinkB": 4}
        self.axes.annotate(
            text,
            (at.bits_per_weight, at.relative_mse),
            (right, up),
            textcoords="offset points",
            ha=side,
            va="center",
            color=ink,
            weight="normal" if ink is Ink.TEXT else "bold",
            arrowprops=line if chosen >= len(_NEAR) else None,
            zorder=6,
        )

    def _is_free(self, box: Box) -> bool:
        left, bottom, right, top = self.axes.bbox.extents
        is_inside = left <= box[0] and bottom <= box[1] and box[2] <= right + 20 and box[3] <= top
        return is_inside and not any(_overlap(box, other) for other in self.taken)


def _pixels(axes: Axes, at: Alternative) -> tuple[float, float]:
    x, y = axes.transData.transform((at.bits_per_weight, at.relative_mse))
    return float(x), float(y)


def _box(x: float, y: float, width: float, height: float, side: str) -> Box:
    left = {"left": x, "right": x - width, "center": x - width / 2}[side]
    return left, y - height / 2, left + width, y + height / 2


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _description(alternatives: Alternatives, shown: int) -> str:
    this = alternatives.this
    return (
        f"Bits per weight against relative squared error of {shown} alternatives. "
        f"This file has {this.bits_per_weight:.2f} bits per weight and an error of {this.relative_mse:.2e}."
    )
