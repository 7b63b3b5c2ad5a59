"""What quantization does to each layer's output: with that layer alone quantized, and with all."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from qmodel.quality.layers import LayerError
from qmodel.report.charts.drawing import Chart, drawing, finished, soft_grid
from qmodel.report.charts.inline_svg import Ink
from qmodel.report.charts.labels import fitting

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_WIDTH, _HEIGHT = 920, 330
_BELOW, _BELOW_NAMES = 40, 104
_LEFT, _RIGHT, _ABOVE = 44, 120, 14
_MOST_NAMES, _NAME_LENGTH = 32, 20


def layer_chart(layers: Sequence[LayerError], /) -> Chart | None:
    """Two lines of decibels over the layers, in the order of the network; None where no layer has an error."""
    alone = [_drawn(layer.alone_sqnr_db) for layer in layers]
    together = [_drawn(layer.output_sqnr_db) for layer in layers]
    if all(map(math.isnan, alone + together)):
        return None
    below = _BELOW_NAMES if len(layers) <= _MOST_NAMES else _BELOW
    with drawing(_WIDTH, _HEIGHT) as figure:
        size = ((_WIDTH - _LEFT - _RIGHT) / _WIDTH, (_HEIGHT - below - _ABOVE) / _HEIGHT)
        axes = figure.add_axes((_LEFT / _WIDTH, below / _HEIGHT, *size))
        soft_grid(axes, axis="y")
        _draw(axes, alone, Ink.OTHER, "this layer alone")
        _draw(axes, together, Ink.ACCENT, "all layers")
        axes.set_ylabel("SQNR of the output, dB")
        axes.margins(x=0.02)
        axes.set_ylim(min(0.0, axes.get_ylim()[0]))
        _name_layers(axes, layers)
        worst = min((value for value in together if not math.isnan(value)), default=math.nan)
        return finished(
            figure,
            name="layers",
            description=f"Signal to quantization noise ratio of the outputs of {len(layers)} layers; "
            f"the lowest with all layers quantized is {worst:.1f} dB.",
        )


def _drawn(decibels: float | None) -> float:
    return decibels if decibels is not None and math.isfinite(decibels) else math.nan


def _draw(axes: Axes, values: list[float], color: Ink, label: str) -> None:
    """A line with a dot for each layer, named at its end."""
    axes.plot(range(1, len(values) + 1), values, color=color, marker="o", markersize=5, linewidth=2)
    ends = [(place, value) for place, value in enumerate(values, start=1) if not math.isnan(value)]
    if ends:
        place = (10, 6 if label == "this layer alone" else -6)
        axes.annotate(label, ends[-1], place, textcoords="offset points", va="center", color=color, weight="bold")


def _name_layers(axes: Axes, layers: Sequence[LayerError]) -> None:
    if len(layers) > _MOST_NAMES:
        axes.set_xlabel("layer, in the order of the network")
        return
    names = [fitting(layer.node, _NAME_LENGTH) for layer in layers]
    axes.set_xticks(range(1, len(layers) + 1), names, rotation=45, ha="right", rotation_mode="anchor")
