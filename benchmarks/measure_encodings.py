"""Rebuilds ENCODINGS.md: bits per weight and relative error of every encoding, beside other programs', on real weights.

    python benchmarks/measure_encodings.py [--quick] [--sets minilm,nudenet] [--output FILE]

Not called `encodings.py`: Python has a module of that name, which it needs to start.
Needs a package index for the first run. What it installs and extracts stays in `benchmarks/.peers/`.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
from encoding_table.environment import PeerEnvironment
from encoding_table.figures import Figure, read_figures
from encoding_table.methods import methods
from encoding_table.ours import measure
from encoding_table.page import SetFigures, Speeds, page
from encoding_table.weight_sets import QUICK_SETS, WEIGHT_SETS, load_weights

import qmodel

BENCHMARKS = Path(__file__).parent
CACHE = BENCHMARKS / ".peers"


def main() -> None:
    arguments = parsed_arguments()
    names = arguments.sets.split(",") if arguments.sets else list(QUICK_SETS if arguments.quick else WEIGHT_SETS)
    unknown = sorted(set(names) - set(WEIGHT_SETS))
    if unknown:
        sys.exit(f"no weight set {unknown[0]!r}; there are {', '.join(WEIGHT_SETS)}")
    peers = PeerEnvironment(CACHE)
    peers.prepare()
    peers.run("encoding_table.peers.extract", str(CACHE))
    measure_peers(peers, names, again=arguments.peers_again)
    speeds = measure_speeds(names[0])
    sets = [figures_of(name) for name in names]
    versions = {"qmodel": qmodel.__version__, **peers.versions()}
    arguments.output.write_text(page(sets, speeds, versions), "utf-8")


def parsed_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", help=f"some of {','.join(WEIGHT_SETS)}, separated by commas")
    parser.add_argument("--quick", action="store_true", help=f"only {', '.join(QUICK_SETS)}")
    parser.add_argument("--peers-again", action="store_true", help="do not reuse the peers' figures of an earlier run")
    parser.add_argument("--output", type=Path, default=BENCHMARKS / "ENCODINGS.md")
    return parser.parse_args()


def measure_peers(peers: PeerEnvironment, names: list[str], *, again: bool) -> None:
    wanted = [name for name in names if again or not peer_figures(name).exists()]
    if wanted:
        peers.run("encoding_table.peers", str(CACHE), *wanted)


def peer_figures(name: str) -> Path:
    return CACHE / f"peers-{name}.json"


def figures_of(name: str) -> SetFigures:
    weights = load_weights(name, CACHE)
    figures = SetFigures(name, peers=read_figures(peer_figures(name)))
    size = sum(array.size for array in weights.values())
    for method in methods():
        if not method.takes(size):
            continue
        measured = measure(method, weights)
        if isinstance(measured, Figure):
            figures.ours.append(measured)
            print(f"{name}: {method.name}: {measured.bits:.3f} b/w, {measured.error:.3e}", file=sys.stderr)
        else:
            figures.missing.append(measured)
            print(f"{name}: {method.name}: {measured.reason}", file=sys.stderr)
    return figures


def measure_speeds(name: str) -> Speeds:
    """On the largest tensor of a set."""
    weights = load_weights(name, CACHE)
    largest = max(weights.values(), key=lambda array: array.size)
    folder = CACHE / "speed"
    folder.mkdir(exist_ok=True)
    np.save(folder / "weights.npy", largest)
    shape = "×".join(map(str, largest.shape))
    return Speeds(
        encode=rates_of("encode", folder, compiled=True),
        decode_compiled=rates_of("decode", folder, compiled=True),
        decode_numpy=rates_of("decode", folder, compiled=False),
        weights=f"the largest tensor of {name}, {shape}, {largest.size:,} weights",
    )


def rates_of(action: str, folder: Path, *, compiled: bool) -> dict[str, float]:
    """In a process of its own, since whether numba is used is decided once."""
    output = folder / "rates.json"
    paths = map(str, (folder / "weights.npy", folder, output))
    command = [sys.executable, "-m", "encoding_table.speed", action, *paths]
    environment = {**os.environ, "QMODEL_COMPILED": "1" if compiled else "0", "OMP_NUM_THREADS": "1"}
    subprocess.run(command, cwd=BENCHMARKS, env=environment, check=True)
    rates: dict[str, float] = json.loads(output.read_text("utf-8"))
    return rates


if __name__ == "__main__":
    main()
