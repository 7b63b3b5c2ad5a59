"""Measure NNCodec's rate-distortion curve on weight sets.

    python -m rate_distortion_table.peers.nncodec_curve CACHE SET...

NNCodec is the reference software of ISO/IEC 15938-17. Its best settings are dependent quantization with or without
rate-distortion optimisation (λ scale 1 or 0): the quantization parameter is swept for both.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from encoding_table.figures import Figure, write_figures
from encoding_table.peers.coded import squared_distance
from encoding_table.weight_sets import Weights, load_weights

from rate_distortion_table.cache import NNCODEC, curve_path
from rate_distortion_table.peers.nncodec_library import compressed, restored

LAMBDA_SCALES = (0, 1)
# Four steps of the quantization parameter double the quantizer's step: one bit a weight.
FIRST_PARAMETER, LAST_PARAMETER = 0, -60
PARAMETER_STEP = 2
FEWEST_BITS, MOST_BITS = 0.8, 7.3


def main(cache: Path, names: list[str]) -> None:
    for name in names:
        write_figures(curve(name, load_weights(name, cache)), curve_path(cache, NNCODEC, version(NNCODEC), name))


def curve(name: str, weights: Weights) -> list[Figure]:
    return [figure for scale in LAMBDA_SCALES for figure in sweep(name, weights, scale)]


def sweep(name: str, weights: Weights, lambda_scale: int) -> Iterator[Figure]:
    """Points from the fewest bits to the most."""
    for parameter in range(FIRST_PARAMETER, LAST_PARAMETER, -PARAMETER_STEP):
        figure = measured(weights, parameter, lambda_scale)
        print(f"{name}: {figure.method}: {figure.bits:.3f} b/w, {figure.error:.3e}", file=sys.stderr)
        if figure.bits > FEWEST_BITS:
            yield figure
        if figure.bits > MOST_BITS:
            return


def measured(weights: Weights, parameter: int, lambda_scale: int) -> Figure:
    """Compress and restore a set; the whole bitstream is counted."""
    start = time.perf_counter()
    stream = compressed(weights, parameter, lambda_scale)
    encoded = time.perf_counter()
    decoded = restored(stream)
    end = time.perf_counter()
    return Figure(
        f"NNCodec qp {parameter}, λ scale {lambda_scale}",
        sum(array.size for array in weights.values()),
        len(stream) * 8,
        sum(squared_distance(array, decoded[name]) for name, array in weights.items()),
        sum(squared_distance(array, 0 * array) for array in weights.values()),
        encoded - start,
        end - encoded,
        len(stream) * 8,
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
