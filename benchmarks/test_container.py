"""Opening, loading and saving files, with their targets; run with `pytest benchmarks --benchmark-only`."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zstandard
from safetensors.numpy import load as load_safetensors
from safetensors.numpy import save as save_safetensors

import qmodel
from qmodel.dtypes import Array

TENSORS = 100
RAW = {"*": qmodel.Plain(coding=qmodel.Packed())}


@pytest.fixture(scope="module")
def weights() -> dict[str, Array]:
    """100 tensors, 419 MB of float32 as trained weights are distributed."""
    rng = np.random.default_rng(0)
    shape = (1024, 1024)
    return {f"layer{n:03}.weight": rng.standard_normal(shape, np.float32) * np.float32(0.02) for n in range(TENSORS)}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("files")


def size_of(weights: dict[str, Array]) -> int:
    return sum(array.nbytes for array in weights.values())


def load_all(path: Path, threads: int) -> dict[str, Array]:
    with qmodel.open(path, threads=threads) as file:
        return {name: file[name] for name in file}


def fastest(benchmark: Any) -> float | None:
    """Seconds of the fastest round; None when benchmarks are disabled."""
    return None if benchmark.stats is None else float(benchmark.stats.stats.min)


@pytest.mark.parametrize("recipe", ["raw", "lossless", "int8", "int4"])
def test_open(
    benchmark: Any, figure: Callable[..., None], weights: dict[str, Array], folder: Path, recipe: str
) -> None:
    path = folder / "open.qmodel"
    qmodel.save(weights, path, recipe=RAW if recipe == "raw" else recipe)
    benchmark.pedantic(lambda: qmodel.open(path).close(), rounds=200, warmup_rounds=5)
    if seconds := fastest(benchmark):
        target = {"at_most": 2.0} if recipe in ("raw", "lossless") else {"at_most": 5.0}
        figure(f"open 100 tensors, 400 MB, {recipe}", seconds * 1e3, "ms", **target)


@pytest.mark.parametrize(("recipe", "target"), [("int8", 1.0), ("int4", 1.0), ("fp16", 1.0)])
def test_load_to_float32(
    benchmark: Any, figure: Callable[..., None], weights: dict[str, Array], folder: Path, recipe: str, target: float
) -> None:
    path = folder / "load.qmodel"
    qmodel.save(weights, path, recipe=recipe)
    benchmark.pedantic(load_all, args=(path, 1), rounds=7, warmup_rounds=1)
    if seconds := fastest(benchmark):
        speed = size_of(weights) / seconds / 1e9
        figure(f"load {recipe} to float32, one core", speed, "GB/s", at_least=target)


def save_with_peer(weights: dict[str, Array], path: Path) -> None:
    """What users of safetensors do for smaller files: the whole file through zstd, level 3."""
    compressed = zstandard.ZstdCompressor(level=3).compress(save_safetensors(weights))
    with path.open("wb") as file:
        file.write(compressed)
        os.fsync(file.fileno())


def load_with_peer(path: Path) -> dict[str, Array]:
    loaded: dict[str, Array] = load_safetensors(zstandard.ZstdDecompressor().decompress(path.read_bytes()))
    return loaded


@pytest.mark.parametrize("recipe", ["lossless", "lossless-fast"])
def test_lossless_against_safetensors_with_zstd(
    benchmark: Any, figure: Callable[..., None], weights: dict[str, Array], folder: Path, recipe: str
) -> None:
    ours, theirs = folder / "ours.qmodel", folder / "theirs.safetensors.zst"
    their_save = timed(lambda: save_with_peer(weights, theirs))
    our_save = min(timed(lambda: qmodel.save(weights, ours, recipe=recipe, threads=1)) for _ in range(2))
    their_load = min(timed(lambda: load_with_peer(theirs)) for _ in range(3))
    benchmark.pedantic(load_all, args=(ours, 1), rounds=5, warmup_rounds=1)
    for name, array in load_all(ours, 1).items():
        assert np.array_equal(array, weights[name])
    figure(f"{recipe} file / safetensors + zstd", ours.stat().st_size / theirs.stat().st_size, "×", at_most=1.0)
    if seconds := fastest(benchmark):
        figure(f"{recipe} save, time / safetensors + zstd, one core", our_save / their_save, "×", at_most=1.0)
        figure(f"{recipe} load, time / safetensors + zstd, one core", seconds / their_load, "×", at_most=1.0)


def timed(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


@pytest.mark.parametrize("recipe", ["lossless", "int8", "int4"])
def test_save(benchmark: Any, weights: dict[str, Array], folder: Path, recipe: str) -> None:
    benchmark.pedantic(qmodel.save, args=(weights, folder / "save.qmodel"), kwargs={"recipe": recipe}, rounds=3)


def test_import(benchmark: Any, figure: Callable[..., None]) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    script = "import time; start = time.perf_counter(); import qmodel; print(time.perf_counter() - start)"
    whole = "import time; start = time.perf_counter(); import qmodel.api; print(time.perf_counter() - start)"

    def import_seconds(script: str) -> float:
        command = [sys.executable, "-c", script]
        return float(subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout)

    benchmark.pedantic(import_seconds, args=(script,), rounds=5, warmup_rounds=1)
    if fastest(benchmark):
        figure("import qmodel", min(import_seconds(script) for _ in range(5)) * 1e3, "ms", at_most=150)
        figure("import qmodel.api", min(import_seconds(whole) for _ in range(5)) * 1e3, "ms", at_most=400)
