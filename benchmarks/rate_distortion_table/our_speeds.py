"""Times our files: `python -m rate_distortion_table.our_speeds encode|decode CACHE SET ERROR OUTPUT`.

Files written by `encode` are read by `decode`, so that decoders without numba need not wait for encoders without it.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from encoding_table.ours import MISSING_ERRORS, first_line
from encoding_table.weight_sets import Weights, load_weights

import qmodel
from qmodel.kernels.dispatch import compiling_possible
from rate_distortion_table.cache import speed_folder
from rate_distortion_table.float_fields import FLOAT_TYPES
from rate_distortion_table.our_files import in_type, read
from rate_distortion_table.records import Absent, Timing
from rate_distortion_table.speed_targets import (
    DECODE,
    DECODE_BF16,
    DECODE_NUMPY,
    ENCODE,
    ENCODE_BF16,
    LEAST_ENCODE,
    LOSSLESS,
    LOSSLESS_RECIPES,
    QUANTIZED_RECIPES,
    SEARCH,
)
from rate_distortion_table.timing import quickest, write_timings

# Without numba, recipes that are made for small files rather than for speed take too long to be of interest.
NUMPY_RECIPES = ("small", "fast", *LOSSLESS_RECIPES)
# Recipes that are quick enough for one step for all tensors to be solved for; the others have each tensor's own.
SEARCHED_RECIPES = ("small", "fast")
THREADS = (1, 2)


class OurSpeeds:
    """Times of one weight set.

    Args:
        cache: where weights and files are.
        name: of the set.
        error: relative mean square error of files with loss.
    """

    def __init__(self, cache: Path, name: str, error: float) -> None:
        self._cache = cache
        self._name = name
        self._error = error

    def encode(self) -> Iterator[Timing | Absent]:
        """Leave a file of each recipe behind."""
        weights = load_weights(self._name, self._cache)
        bf16 = {name: in_type(array, FLOAT_TYPES["bf16"]) for name, array in weights.items()}
        for recipe in SEARCHED_RECIPES:
            yield self._saved(weights, recipe, SEARCH, relative_mse=self._error, allocate="global")
        for recipe in LEAST_ENCODE:
            yield self._saved(weights, recipe, ENCODE, relative_mse=self._error, allocate="tensor")
        for recipe in LOSSLESS_RECIPES:
            yield self._saved(bf16, recipe, ENCODE_BF16)

    def decode(self) -> Iterator[Timing | Absent]:
        """Read every file that is there, whole."""
        compiled = compiling_possible()
        for recipe in (*QUANTIZED_RECIPES, *LOSSLESS_RECIPES) if compiled else NUMPY_RECIPES:
            task = DECODE_BF16 if recipe in LOSSLESS_RECIPES else DECODE
            for threads in THREADS if compiled else (1,):
                if self._path(recipe, made_by(recipe)).exists():
                    yield self._read(
                        recipe, task if compiled else f"{task}{DECODE_NUMPY.removeprefix(DECODE)}", threads
                    )

    def _saved(self, weights: Weights, recipe: str, task: str, **quality: Any) -> Timing | Absent:
        path = self._path(recipe, task)
        path.unlink(missing_ok=True)
        print(f"{self._name}: {recipe}: {task}", file=sys.stderr, flush=True)
        start = time.perf_counter()
        try:
            qmodel.save(weights, path, recipe=recipe, threads=1, **quality)
        except MISSING_ERRORS as error:
            return Absent(f"{recipe}, {task}", first_line(error))
        seconds = time.perf_counter() - start
        return Timing(recipe, task, self._name, 1, amount_of(weights, task), seconds, path.stat().st_size)

    def _read(self, recipe: str, task: str, threads: int) -> Timing:
        path = self._path(recipe, made_by(recipe))
        weights = read(path, threads)
        seconds = quickest(lambda: read(path, threads))
        return Timing(recipe, task, self._name, threads, amount_of(weights, task), seconds, path.stat().st_size)

    def _path(self, recipe: str, task: str) -> Path:
        return speed_folder(self._cache) / f"{recipe}-{task.replace(' ', '-')}.qmodel"


def made_by(recipe: str) -> str:
    """The task that leaves the file that is decoded."""
    if recipe in LOSSLESS_RECIPES:
        return ENCODE_BF16
    return SEARCH if recipe in SEARCHED_RECIPES else ENCODE


def amount_of(weights: Weights, task: str) -> int:
    """Bytes without loss, weights with."""
    if LOSSLESS in task:
        return sum(array.nbytes for array in weights.values())
    return sum(array.size for array in weights.values())


if __name__ == "__main__":
    speeds = OurSpeeds(Path(sys.argv[2]), sys.argv[3], float(sys.argv[4]))
    action = {"encode": speeds.encode, "decode": speeds.decode}[sys.argv[1]]
    write_timings(action(), Path(sys.argv[5]))
