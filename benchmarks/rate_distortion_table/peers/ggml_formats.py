"""Measure GGUF's block formats on weight sets: `python -m rate_distortion_table.peers.ggml_formats CACHE SET...`.

Only codes and scales are counted, as if names, shapes and alignment were free: that favours them.
"""

from __future__ import annotations

import sys
from importlib.metadata import version
from pathlib import Path

from encoding_table.figures import write_figures
from encoding_table.peers import ggml
from encoding_table.peers.coded import measure
from encoding_table.weight_sets import load_weights

from rate_distortion_table.cache import GGML, curve_path


def main(cache: Path, names: list[str]) -> None:
    peers = [peer for peer in ggml.peers() if peer.name.removeprefix("GGUF ") not in ggml.SLOW]
    for name in names:
        weights = load_weights(name, cache)
        print(f"{name}: {len(peers)} GGUF formats", file=sys.stderr)
        figures = [measure(peer, weights) for peer in peers]
        write_figures(figures, curve_path(cache, GGML, version(GGML), name))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
