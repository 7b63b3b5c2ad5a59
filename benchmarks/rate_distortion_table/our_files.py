"""Measures our own files, written to disk and read back by what users call."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import ml_dtypes
import numpy as np
from encoding_table.ours import MISSING_ERRORS, differences, first_line
from encoding_table.weight_sets import Weights

import qmodel
from qmodel.recipes import PRESETS, Quality, Recipe
from rate_distortion_table.float_fields import FloatType
from rate_distortion_table.records import STEP, Absent, LosslessSize, QuantizedFile

_NUMPY_TYPES = {"fp32": np.float32, "bf16": ml_dtypes.bfloat16, "fp16": np.float16}

Measured = TypeVar("Measured")


def quantized(weights: Weights, recipe: str, knob: str, wanted: float, threads: int | None) -> QuantizedFile | Absent:
    """A set at one setting of a knob; the error goes where it costs least over the whole set."""

    def measure(path: Path) -> QuantizedFile:
        start = time.perf_counter()
        qmodel.save(weights, path, recipe=recipe, allocate="global", threads=threads, **{knob: wanted})
        seconds = time.perf_counter() - start
        return quantized_file(path, weights, recipe, knob, wanted, seconds, threads)

    return of_file(f"{recipe}, {knob} {wanted:.4g}", measure)


def with_step(weights: Weights, recipe: str, step: float, wanted: float, threads: int | None) -> QuantizedFile | Absent:
    """A set with one step for all tensors, which is near the one for a wanted error."""
    tuned = Recipe(default=PRESETS[recipe], quality=Quality(step=step))

    def measure(path: Path) -> QuantizedFile:
        start = time.perf_counter()
        qmodel.save(weights, path, recipe=tuned, threads=threads)
        seconds = time.perf_counter() - start
        return quantized_file(path, weights, recipe, STEP, wanted, seconds, threads)

    return of_file(f"{recipe}, step {step:.4g}", measure)


def quantized_file(
    path: Path, weights: Weights, recipe: str, knob: str, wanted: float, seconds: float, threads: int | None
) -> QuantizedFile:
    """What a file is, its error found by reading it."""
    squared_error, energy = map(sum, zip(*differences(weights, read(path, threads)), strict=True))
    count = sum(array.size for array in weights.values())
    return QuantizedFile(recipe, knob, wanted, count, path.stat().st_size, squared_error / energy, seconds)


def lossless(weights: Weights, recipe: str, kind: FloatType, threads: int | None) -> LosslessSize | Absent:
    """A set in a float type, with every bit."""
    narrow = {name: in_type(array, kind) for name, array in weights.items()}

    def measure(path: Path) -> LosslessSize:
        qmodel.save(narrow, path, recipe=recipe, threads=threads)
        restored = read(path, threads)
        exact = all(same_bits(array, restored[name]) for name, array in narrow.items())
        raw = sum(array.nbytes for array in narrow.values())
        return LosslessSize(recipe, kind.name, raw, path.stat().st_size, exact)

    return of_file(f"{recipe}, {kind.name}", measure)


def of_file(what: str, measure: Callable[[Path], Measured]) -> Measured | Absent:
    """What is measured with a file that is deleted afterwards; or what the library said."""
    with TemporaryDirectory() as folder:
        try:
            return measure(Path(folder) / "weights.qmodel")
        except MISSING_ERRORS as error:
            return Absent(what, first_line(error))


def read(path: Path, threads: int | None) -> Weights:
    with qmodel.open(path, threads=threads) as reader:
        return reader.load_all()


def in_type(array: np.ndarray[Any, Any], kind: FloatType) -> np.ndarray[Any, Any]:
    """Rounded to a float type, as an array of it."""
    return kind.narrowed(array).view(_NUMPY_TYPES[kind.name])


def same_bits(left: np.ndarray[Any, Any], right: np.ndarray[Any, Any]) -> bool:
    return left.dtype == right.dtype and left.shape == right.shape and left.tobytes() == right.tobytes()
