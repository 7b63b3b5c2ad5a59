"""Measure the peers on weight sets: `python -m encoding_table.peers CACHE SET...`; figures go to the cache."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

from encoding_table.figures import write_figures
from encoding_table.peers import core_ml, ggml, onnx_runtime, references
from encoding_table.peers.coded import measure
from encoding_table.weight_sets import load_weights


def main(cache: Path, names: list[str]) -> None:
    logging.getLogger().setLevel(logging.ERROR)  # onnxruntime advises on every model to prepare it first
    peers = [*ggml.peers(), *onnx_runtime.peers(), *core_ml.peers(), *references.peers()]
    for name in names:
        weights = load_weights(name, cache)
        size = sum(array.size for array in weights.values())
        figures = []
        for peer in peers:
            if size <= peer.largest_set:
                figures.append(measure(peer, weights))
                print(f"{name}: {peer.name}: {figures[-1].bits:.3f} b/w, {figures[-1].error:.3e}", file=sys.stderr)
        write_figures(figures, cache / f"peers-{name}.json")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
