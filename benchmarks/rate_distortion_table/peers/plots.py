"""Draw a figure of several panels: `python -m rate_distortion_table.peers.plots DESCRIPTION.json FIGURE.svg`.

The description is what `rate_distortion_table.figures_drawn` makes. The same description gives the same bytes.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("svg")
from matplotlib import pyplot
from matplotlib.transforms import Bbox

PANEL_WIDTH, PANEL_HEIGHT = 5.0, 3.8
# Where a text may stand beside its point, the best first: points to the right and up, and whether it ends there.
PLACES = [
    (side * right, up, side < 0) for right, up in ((3, 2), (3, -6), (8, 6), (8, -10), (14, 11)) for side in (1, -1)
]


def main(description: Path, output: Path) -> None:
    mpl.rcParams.update(
        {"svg.hashsalt": "qmodel", "svg.fonttype": "none", "font.size": 9, "axes.grid": True, "grid.alpha": 0.3}
    )
    content = json.loads(description.read_text("utf-8"))
    panels, columns = content["panels"], content["columns"]
    rows = -(-len(panels) // columns)
    figure, axes = pyplot.subplots(
        rows, columns, figsize=(columns * PANEL_WIDTH, rows * PANEL_HEIGHT), squeeze=False, layout="constrained"
    )
    for axis in axes.flat[len(panels) :]:
        axis.set_visible(False)
    for axis, panel in zip(axes.flat, panels, strict=False):
        draw(axis, panel)
    figure.draw_without_rendering()
    for axis, panel in zip(axes.flat, panels, strict=False):
        annotate(axis, panel["series"])
    output.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(output, metadata={"Date": None, "Creator": None})


def draw(axis: Any, panel: dict[str, Any]) -> None:
    axis.set(title=panel["title"], xlabel=panel["x"], ylabel=panel["y"])
    axis.set_yscale("log")
    for series in panel["series"]:
        style = {"marker": series["marker"], "linestyle": "-" if series["joined"] else "none"}
        axis.plot(series["xs"], series["ys"], label=series["name"], markersize=4, linewidth=1, **style)
    axis.margins(x=0.1)
    if any(series["joined"] for series in panel["series"]):
        axis.legend(fontsize=7)


def annotate(axis: Any, all_series: list[dict[str, Any]]) -> None:
    """Write the texts beside their points, where they cover as little as possible of points and other texts."""
    points = [point for series in all_series for point in zip(series["xs"], series["ys"], strict=True)]
    taken = [Bbox.from_bounds(x - 2, y - 2, 4, 4) for x, y in axis.transData.transform(points)]
    if legend := axis.get_legend():
        taken.append(legend.get_window_extent())
    for series in all_series:
        for x, y, text in zip(series["xs"], series["ys"], series["texts"], strict=False):
            taken.append(place(axis, (x, y), text, taken))


def place(axis: Any, point: tuple[float, float], text: str, taken: list[Bbox]) -> Bbox:
    """Write a text beside a point; returns what it covers."""
    label = axis.annotate(text, point, fontsize=6, textcoords="offset points", xytext=(0, 0))

    def move_to(right: float, up: float, ends_there: bool) -> Bbox:
        label.set_position((right, up))
        label.set_horizontalalignment("right" if ends_there else "left")
        return label.get_window_extent()

    def covered(choice: tuple[float, float, bool]) -> float:
        box = move_to(*choice)
        outside = box.width * box.height - area(Bbox.intersection(box, axis.bbox))
        return outside + sum(area(Bbox.intersection(box, other)) for other in taken)

    return move_to(*min(PLACES, key=covered))


def area(box: Bbox | None) -> float:
    return float(box.width * box.height) if box else 0.0


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
