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

PANEL_WIDTH, PANEL_HEIGHT = 5.0, 3.8
# Parts of an axis: points nearer than this share the place of their texts; beyond this a text would leave the panel.
NEAR, FAR_RIGHT = 0.03, 0.75


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
    output.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(output, metadata={"Date": None, "Creator": None})


def draw(axis: Any, panel: dict[str, Any]) -> None:
    axis.set(title=panel["title"], xlabel=panel["x"], ylabel=panel["y"])
    axis.set_yscale("log")
    for series in panel["series"]:
        style = {"marker": series["marker"], "linestyle": "-" if series["joined"] else "none"}
        axis.plot(series["xs"], series["ys"], label=series["name"], markersize=4, linewidth=1, **style)
    axis.margins(x=0.1)
    annotate(axis, panel["series"])
    if any(series["joined"] for series in panel["series"]):
        axis.legend(fontsize=7)


def annotate(axis: Any, all_series: list[dict[str, Any]]) -> None:
    """Write the texts beside their points: to the left of those far right, below where one is written already."""
    written: list[Any] = []
    for series in all_series:
        for x, y, text in zip(series["xs"], series["ys"], series["texts"], strict=False):
            place = axis.transAxes.inverted().transform(axis.transData.transform((x, y)))
            is_taken = any(max(abs(place - other)) < NEAR for other in written)
            is_far = place[0] > FAR_RIGHT
            written.append(place)
            axis.annotate(
                text,
                (x, y),
                fontsize=6,
                xytext=(-3 if is_far else 3, -7 if is_taken else 2),
                ha="right" if is_far else "left",
                textcoords="offset points",
            )


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
