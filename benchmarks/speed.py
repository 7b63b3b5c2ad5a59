"""Measures speeds of decoding and encoding beside NNCodec, ZipNN, constriction and ggml, and rebuilds RESULTS.md.

    python benchmarks/speed.py [--set minilm] [--error 0.01] [--rounds 3]

All codecs take turns in one run, each in a process of its own, on the same weights and one thread unless said. The page
is made of all parts ever measured, those of `rate_distortion.py` too.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

from encoding_table.figures import Figure
from encoding_table.weight_sets import WEIGHT_SETS
from rate_distortion_table.cache import speed_folder
from rate_distortion_table.evidence import SPEED
from rate_distortion_table.peer_figures import Peers, setting_of
from rate_distortion_table.publish import BENCHMARKS, CACHE, publish
from rate_distortion_table.records import Absent, Timing
from rate_distortion_table.results import Results
from rate_distortion_table.timing import merged, read_timings

ONE_THREAD = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


def main() -> None:
    arguments = parsed_arguments()
    for name in ONE_THREAD:
        os.environ[name] = "1"
    peers = Peers(CACHE)
    peers.prepare()
    peers.measure([arguments.set], again=False)
    run = Run(peers, arguments.set, rival_point(peers, arguments.set, arguments.error))
    timings = run.encode()
    for number in range(arguments.rounds):
        print(f"{arguments.set}: round {number + 1} of {arguments.rounds}", file=sys.stderr, flush=True)
        timings += run.decode()
    results = Results(CACHE)
    results.write(SPEED, merged(timings))
    publish(results, peers, arguments.output)


def parsed_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--set", choices=WEIGHT_SETS, default="minilm", help="the weights; minilm by default")
    parser.add_argument("--error", type=float, default=0.01, help="relative MSE near which NNCodec's point is taken")
    parser.add_argument("--rounds", type=int, default=3, help="in which decoders take turns; the quickest counts")
    parser.add_argument("--output", type=Path, default=BENCHMARKS / "RESULTS.md", help="the page; figures go beside it")
    return parser.parse_args()


def rival_point(peers: Peers, name: str, error: float) -> Figure:
    """NNCodec's point nearest to an error; all codecs with loss are run at its error."""
    figures = [figure for curve in peers.nncodec(name) for figure in curve]
    return min(figures, key=lambda figure: abs(figure.error / error - 1))


class Run:
    """One run of all codecs on one weight set.

    Args:
        peers: where they live.
        name: of the set.
        rival: NNCodec's point.
    """

    def __init__(self, peers: Peers, name: str, rival: Figure) -> None:
        self._peers = peers
        self._name = name
        self._error = repr(rival.error)
        self._setting = tuple(map(str, setting_of(rival)))
        self._output = speed_folder(peers.cache) / "timings.json"

    def encode(self) -> list[Timing | Absent]:
        """Once, leaving the files that are decoded."""
        return [*self._codecs("encode"), *self._ours("encode", compiled=True)]

    def decode(self) -> list[Timing | Absent]:
        """One round."""
        ours = [*self._ours("decode", compiled=True), *self._ours("decode", compiled=False)]
        return [*ours, *self._codecs("decode"), *self._ggml()]

    def _codecs(self, action: str) -> list[Timing | Absent]:
        arguments = (action, str(self._peers.cache), self._name, self._error, *self._setting, str(self._output))
        self._peers.codecs.run("rate_distortion_table.peers.codec_speeds", *arguments)
        return read_timings(self._output)

    def _ggml(self) -> list[Timing | Absent]:
        arguments = (str(self._peers.cache), self._name, str(self._output))
        self._peers.quantizers.run("rate_distortion_table.peers.ggml_speeds", *arguments)
        return read_timings(self._output)

    def _ours(self, action: str, *, compiled: bool) -> list[Timing | Absent]:
        arguments = (action, str(self._peers.cache), self._name, self._error, str(self._output))
        command = [sys.executable, "-m", "rate_distortion_table.our_speeds", *arguments]
        environment = {**os.environ, "QMODEL_COMPILED": "1" if compiled else "0"}
        subprocess.run(command, cwd=BENCHMARKS, env=environment, check=True)
        return read_timings(self._output)


if __name__ == "__main__":
    main()
