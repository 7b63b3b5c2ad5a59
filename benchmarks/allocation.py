"""Measures what each way to allocate the error costs in accuracy at equal file size, and rebuilds ALLOCATION.md.

    python benchmarks/allocation.py [--digits FILE] [--recipes fast,small] [--networks rescnn,gru] [--bits 2,2.5,3,4]

The networks are those that tests and demo run. `--digits` takes an .npz of `images` and `labels`, as MNIST's 10,000
test digits; without it the demo's 1,000 are used, where a digit is 0.1 points. What is measured stays in
`benchmarks/.peers/`, and is not measured again unless `--again` is given.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import numpy as np
from allocation_table.measured import Measured, Results
from allocation_table.page import page

import qmodel
from qmodel.demo.samples import copy_samples
from qmodel.recipes.allocation import ALLOCATIONS

BENCHMARKS = Path(__file__).parent
NETWORKS = ("rescnn", "lenet300", "lenet5", "lstm", "gru")


def main() -> None:
    arguments = parsed_arguments()
    results = Results(BENCHMARKS / ".peers" / "allocation.json")
    with tempfile.TemporaryDirectory() as folder:
        copy_samples(Path(folder))
        with np.load(arguments.digits or Path(folder) / "digits.npz") as digits:
            images, labels = digits["images"], digits["labels"]
        points = list(product(arguments.recipes.split(","), map(float, arguments.bits.split(","))))
        for network in arguments.networks.split(","):
            model = qmodel.from_onnx(path_of(network, Path(folder)), pixel_scale=1 / 255)
            wanted = [key for key in keys_of(network, points) if arguments.again or key not in results]
            if not wanted:
                continue
            reference = qmodel.evaluate(model, images, labels).accuracy
            for key in wanted:
                lost = reference - accuracy_of(model, key, Path(folder) / "net.qmodel", images, labels)
                results.add(Measured(*key, lost=100 * lost, digits=len(labels)))
                print(*key, f"{100 * lost:.2f}", file=sys.stderr, flush=True)
    arguments.output.write_text(page(results.all()), "utf-8")


def parsed_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--digits", type=Path, help="an .npz of images, uint8 of 28 by 28, and labels")
    parser.add_argument("--recipes", default="fast,small", help="some of fast,small,smallest")
    parser.add_argument("--networks", default=",".join(NETWORKS), help=f"some of {','.join(NETWORKS)}")
    parser.add_argument("--bits", default="2,2.5,3,4", help="bits of the file for each weight")
    parser.add_argument("--again", action="store_true", help="do not reuse what an earlier run found")
    parser.add_argument("--output", type=Path, default=BENCHMARKS / "ALLOCATION.md")
    return parser.parse_args()


def path_of(network: str, samples: Path) -> Path:
    shipped = samples / f"{network}.onnx"
    return shipped if shipped.exists() else BENCHMARKS.parent / "tests" / "networks" / f"{network}.onnx"


def keys_of(network: str, points: list[tuple[str, float]]) -> Iterator[tuple[str, str, float, str]]:
    for (recipe, bits), allocate in product(points, ALLOCATIONS):
        yield recipe, network, bits, allocate


def accuracy_of(
    model: qmodel.Model, key: tuple[str, str, float, str], path: Path, images: np.ndarray, labels: np.ndarray
) -> float:
    recipe, _, bits, allocate = key
    qmodel.save(model, path, recipe=recipe, bits_per_weight=bits, allocate=allocate)
    return qmodel.evaluate(qmodel.load(path), images, labels).accuracy


if __name__ == "__main__":
    main()
