"""Trellis codes: bits above the Shannon bound on normal weights, speeds of the search and of decoding.

Run with `pytest benchmarks/test_trellis.py --benchmark-only`. Bits are of the payload and of the coding's parameters;
real weights are in the table of rates and distortions.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from qmodel.buffers import frequency_tables
from qmodel.buffers.rans_fit import Rans
from qmodel.buffers.storage import stored_bytes
from qmodel.dtypes import Array
from qmodel.encodings import NodeMemory, Trellis
from qmodel.encodings.trellis_rates import counted_rates
from qmodel.encodings.weighted_error import relative_mse
from qmodel.kernels import rans, trellis, trellis_search
from qmodel.kernels.dispatch import compiled
from qmodel.kernels.trellis_search import search
from qmodel.typed_array import TypedArray

SHAPE = (2048, 2048)
STEP = 0.3
PRESETS = {"small": Trellis(states=8), "smallest": Trellis(states=256, rounds=4, coding=Rans("smallest"))}
# Above the bound, in bits a weight: relative error, with `small` and with `smallest`.
GAPS = {"1.5 bits": (0.13, 0.11, 0.10), "2.5 bits": (0.033, 0.11, 0.06), "4 bits": (0.0041, 0.11, 0.06)}


@pytest.fixture(scope="module")
def weights() -> Array:
    return np.random.default_rng(0).standard_normal(SHAPE, np.float32) * np.float32(0.02)


def without_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (trellis, trellis_search, rans, frequency_tables):
        monkeypatch.setattr(module, "compiled", lambda kernel, size: None)


def million_a_second(benchmark: Any, size: int) -> float | None:
    return None if benchmark.stats is None else size / float(benchmark.stats.stats.min) / 1e6


@pytest.mark.parametrize("bits", GAPS)
@pytest.mark.parametrize("preset", PRESETS)
def test_bits_above_the_bound(
    benchmark: Any, figure: Callable[..., None], weights: Array, preset: str, bits: str
) -> None:
    wanted, *gaps = GAPS[bits]
    encoder = replace(PRESETS[preset], relative_mse=wanted)
    node = benchmark.pedantic(lambda: encoder.encode(TypedArray.of(weights)), rounds=1)
    decoded = node.decode(weights.shape, NodeMemory()).storage
    found = sum(stored_bytes(buffer) for buffer in node.buffers()) * 8 / weights.size
    gap = found - 0.5 * np.log2(1 / relative_mse(weights, decoded, None))
    figure(f"{preset} at about {bits}, above the bound", float(gap), "b/w", at_most=gaps[list(PRESETS).index(preset)])
    if speed := million_a_second(benchmark, weights.size):
        figure(f"{preset} at about {bits}, encode", speed, "M/s", at_least={"small": 2.0, "smallest": 0.2}[preset])


@pytest.mark.parametrize(("states", "least"), [(8, 15.0), (64, 5.0), (256, 1.0)])
def test_search(benchmark: Any, figure: Callable[..., None], weights: Array, states: int, least: float) -> None:
    scaled = weights.reshape(-1)[: 1 << 20] / np.float32(0.02 * STEP)
    codes = np.rint(scaled / 2).astype(np.int32)
    rates = counted_rates(codes, np.zeros(codes.size, np.uint8))
    penalties = rates.penalties(0.35)
    benchmark.pedantic(
        lambda: search(scaled, None, None, penalties, rates.lowest, states, 4096), rounds=3, warmup_rounds=1
    )
    if (speed := million_a_second(benchmark, scaled.size)) and compiled("trellis_search", scaled.size):
        figure(f"search, {states} states", speed, "M/s", at_least=least)


@pytest.mark.parametrize(("kernels", "least"), [("compiled", 150.0), ("plain", 20.0)])
@pytest.mark.parametrize("rows", ["alike", "scaled"])
def test_decode(
    benchmark: Any,
    figure: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    weights: Array,
    rows: str,
    kernels: str,
    least: float,
) -> None:
    scales = np.random.default_rng(2).lognormal(sigma=0.5 if rows == "scaled" else 0.0, size=(SHAPE[0], 1))
    node = Trellis(relative_mse=0.01).encode(TypedArray.of(weights * scales.astype(np.float32)))
    if kernels == "plain":
        without_compiler(monkeypatch)
    benchmark.pedantic(lambda: node.decode(SHAPE, NodeMemory()), rounds=5, warmup_rounds=1)
    if speed := million_a_second(benchmark, weights.size):
        figure(f"small, rows {rows}, to floats, {kernels}", speed, "M/s", at_least=least)


@pytest.mark.parametrize("kernels", ["compiled", "plain"])
@pytest.mark.parametrize("run_length", [512, 1 << 16])
def test_reconstruct(
    benchmark: Any,
    figure: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    run_length: int,
    kernels: str,
) -> None:
    if kernels == "plain":
        without_compiler(monkeypatch)
    codes = np.random.default_rng(1).integers(-9, 10, 1 << 22).astype(np.int8)
    benchmark.pedantic(lambda: trellis.reconstruct(codes, np.float32(STEP), 256, run_length), rounds=5, warmup_rounds=1)
    if speed := million_a_second(benchmark, codes.size):
        least = 100.0 if kernels == "plain" else 400.0
        figure(f"codes to floats, runs of {run_length}, {kernels}", speed, "M/s", at_least=least)
