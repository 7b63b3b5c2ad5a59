"""Makes the page and both figures of all that was measured so far."""

from __future__ import annotations

from pathlib import Path

import qmodel
from rate_distortion_table.evidence import gathered
from rate_distortion_table.figures_drawn import curve_panels, draw, speed_panels
from rate_distortion_table.page import page
from rate_distortion_table.peer_figures import Peers
from rate_distortion_table.results import Results

BENCHMARKS = Path(__file__).parents[1]
CACHE = BENCHMARKS / ".peers"


def publish(results: Results, peers: Peers, output: Path) -> None:
    """Write the page, and the figures that it shows beside it."""
    evidence = gathered(results, peers)
    folder = output.resolve().parent
    panels = curve_panels(evidence)
    draw(panels, folder / "rate_distortion.svg", peers.codecs)
    draw(panels[:1], folder / "rate_distortion_largest.svg", peers.codecs)
    draw(speed_panels(evidence.timings), folder / "speed.svg", peers.codecs)
    output.write_text(page(evidence, {"qmodel": qmodel.__version__, **peers.versions}), "utf-8")
