"""Measures encoders and decoders on one thread: `python -m encoding_table.speed encode|decode WEIGHTS FOLDER OUTPUT`.

Files written by `encode` are read by `decode`, so that decoders without numba need not wait for encoders without it.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import qmodel
from encoding_table.methods import LARGE_HASH_TABLE, SPARSE_INT8, SUPER_BLOCKS, Method, methods
from encoding_table.ours import MISSING_ERRORS, Ready
from qmodel.recipes.facts import TensorFacts

ROUNDS = 9
AFFINE_ENCODER, CODEBOOK_ENCODER = 50.0, 10.0
COMPILED_DECODER, NUMPY_DECODER = 200.0, 40.0


@dataclass(frozen=True, slots=True)
class Target:
    """A method whose speed is wanted.

    Attributes:
        method: its name.
        encoder: million weights a second that its encoder should reach.
    """

    method: str
    encoder: float


TARGETS = (
    *(Target(name, AFFINE_ENCODER) for name in ("int8", "int4", "int3", "int2", "nf4")),
    *(Target(name, AFFINE_ENCODER) for name in ("fp8", "mxfp8", "mxfp4", "nvfp4", "fp16", "bf16")),
    Target('Affine(bits=4, block=32, fit="absmax")', AFFINE_ENCODER),
    Target("Affine(bits=4, block=32, symmetric=False)", AFFINE_ENCODER),
    Target("Affine(bits=3, block=128, symmetric=False)", AFFINE_ENCODER),
    Target(SUPER_BLOCKS, AFFINE_ENCODER),
    Target('Affine(block=64, codes=Codebook(table="nf4"), fit="absmax")', AFFINE_ENCODER),
    Target("Codebook(bits=4)", CODEBOOK_ENCODER),
    Target("Codebook(bits=6)", CODEBOOK_ENCODER),
    Target('Codebook(bits=4, per="row")', CODEBOOK_ENCODER),
    Target(SPARSE_INT8, AFFINE_ENCODER),
    Target(LARGE_HASH_TABLE, AFFINE_ENCODER),
)


def encode(weights: Path, folder: Path) -> dict[str, float]:
    """Rates of the encoders by method; each leaves a file behind."""
    array = np.load(weights)
    by_name = {method.name: method for method in methods()}
    rates = {}
    for number, target in enumerate(TARGETS):
        path = file_of(folder, number)
        path.unlink(missing_ok=True)
        method = by_name.get(target.method)
        if method is None:
            continue
        try:
            rates[target.method] = encode_one(method, array, path)
        except MISSING_ERRORS as error:
            print(f"{target.method}: {error}", file=sys.stderr)
    return rates


def encode_one(method: Method, array: np.ndarray, path: Path) -> float:
    typed = qmodel.TypedArray.of(array)
    encoder = method.encoder(TensorFacts("w", array.shape, typed.element_type))
    node = encoder.encode(typed)
    rate = best_rate(array.size, lambda: encoder.encode(typed))
    qmodel.save({"w": array}, path, recipe=Ready(node), threads=1)
    return rate


def decode(weights: Path, folder: Path) -> dict[str, float]:
    """Rates of the decoders by method, from the files that `encode` left."""
    size = np.load(weights, mmap_mode="r").size
    rates = {}
    for number, target in enumerate(TARGETS):
        path = file_of(folder, number)
        if path.exists():
            with qmodel.open(path, threads=1) as reader:
                reader["w"]
                rates[target.method] = best_rate(size, lambda reader=reader: reader["w"])
    return rates


def file_of(folder: Path, number: int) -> Path:
    return folder / f"{number}.qmodel"


def best_rate(size: int, work: Callable[[], object]) -> float:
    """Million weights a second in the fastest of a few rounds."""
    seconds = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return size / min(seconds) / 1e6


if __name__ == "__main__":
    action = {"encode": encode, "decode": decode}[sys.argv[1]]
    Path(sys.argv[4]).write_text(json.dumps(action(Path(sys.argv[2]), Path(sys.argv[3]))), "utf-8")
