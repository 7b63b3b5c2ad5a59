"""Where the bytes and the error are: the largest tensors, in the order of the network."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qmodel.description import figures
from qmodel.report.charts.drawing import Chart, drawing, finished, soft_grid
from qmodel.report.charts.inline_svg import Ink
from qmodel.report.charts.labels import fitting, label_powers
from qmodel.report.facts import TensorFacts

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_ROWS = 40
_NAME_LENGTH = 34
_WIDTH, _ROW, _ABOVE, _BELOW = 920, 19, 26, 30
_BYTES_SHARE, _GAP, _RIGHT = 0.66, 40, 20
_CHARACTER, _BESIDE_NAMES = 6.6, 16
_BAR = 0.68


@dataclass(frozen=True, slots=True)
class _Row:
    name: str
    stored_bytes: int
    relative_mse: float | None
    is_rest: bool = False


def size_chart(tensors: Sequence[TensorFacts], /) -> Chart | None:
    """Bars for the bytes of the largest tensors, dots for their errors; None where no tensor takes bytes."""
    rows = _rows(tensors)
    if not any(row.stored_bytes for row in rows):
        return None
    errors = _errors(rows)
    height = _ABOVE + _ROW * len(rows) + _BELOW
    largest = max(tensors, key=lambda tensor: tensor.stored_bytes)
    with drawing(_WIDTH, height) as figure:
        left = max(len(row.name) for row in rows) * _CHARACTER + _BESIDE_NAMES
        width = (_WIDTH - left - _GAP - _RIGHT) * (_BYTES_SHARE if errors else 1.0)
        _draw_bytes(_panel(figure, left, width, height), rows)
        if errors:
            left += width + _GAP
            _draw_errors(_panel(figure, left, _WIDTH - left - _RIGHT, height), errors, len(rows))
        return finished(
            figure,
            name="sizes",
            description=f"Bytes and relative squared error of {len(rows)} rows of tensors. The largest is "
            f"{fitting(largest.name, _NAME_LENGTH)} with {figures.bytes_of(largest.stored_bytes)}.",
        )


def _rows(tensors: Sequence[TensorFacts]) -> list[_Row]:
    """The largest in their order, and one row for all others."""
    shown = sorted(sorted(tensors, key=lambda each: -each.stored_bytes)[:MOST_ROWS], key=lambda each: each.number)
    rows = [_Row(fitting(each.name, _NAME_LENGTH), each.stored_bytes, each.relative_mse) for each in shown]
    numbers = {each.number for each in shown}
    rest = [each for each in tensors if each.number not in numbers]
    if rest:
        total = sum(each.stored_bytes for each in rest)
        rows.append(_Row(f"{figures.plural(len(rest), 'smaller tensor')}", total, None, is_rest=True))
    return rows


def _panel(figure: Figure, left: float, width: float, height: float) -> Axes:
    rows_height = height - _ABOVE - _BELOW
    axes = figure.add_axes((left / _WIDTH, _BELOW / height, width / _WIDTH, rows_height / height))
    axes.set_ylim(rows_height / _ROW - 0.5, -0.5)
    axes.xaxis.set_label_position("top")
    soft_grid(axes, axis="x")
    return axes


def _draw_bytes(axes: Axes, rows: Sequence[_Row]) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    places = range(len(rows))
    sizes = [row.stored_bytes for row in rows]
    axes.barh(places, sizes, _BAR, color=[Ink.RULE if row.is_rest else Ink.ACCENT for row in rows])
    axes.set_xlim(0, max(sizes) * 1.14)
    axes.set_yticks(places, [row.name for row in rows])
    axes.tick_params(axis="y", labelcolor=Ink.TEXT, pad=6)
    axes.set_xlabel("bytes in the file", loc="left")
    axes.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10], integer=True))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _position: figures.bytes_of(round(value))))
    for place, size in zip(places, sizes, strict=True):
        axes.annotate(
            figures.bytes_of(size), (size, place), (4, 0), textcoords="offset points", va="center", color=Ink.MUTED
        )


def _draw_errors(axes: Axes, errors: dict[int, float], rows: int) -> None:
    axes.set_xscale("log")
    axes.scatter(list(errors.values()), list(errors), 34, color=Ink.OTHER, zorder=3)
    low, high = min(errors.values()), max(errors.values())
    axes.set_xlim(10.0 ** math.floor(math.log10(low) - 0.15), 10.0 ** math.ceil(math.log10(high) + 0.15))
    axes.set_xlabel("relative squared error", loc="left")
    axes.set_yticks(range(rows), [""] * rows)
    axes.grid(visible=True, axis="y")
    label_powers(axes.xaxis)


def _errors(rows: Sequence[_Row]) -> dict[int, float]:
    """By row, those that a logarithmic axis has a place for."""
    errors = {place: row.relative_mse for place, row in enumerate(rows)}
    return {place: error for place, error in errors.items() if error is not None and 0 < error < math.inf}
