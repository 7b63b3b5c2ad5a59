"""Palettes: bits and errors of k-means on normal weights, speeds of encoders and decoders, NumPy and compiled.

Run with `pytest benchmarks/test_codebook.py --benchmark-only`. Errors stand beside the best there are (Max 1960); real
weights are in the table of encodings.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from qmodel.buffers.storage import stored_bytes
from qmodel.dtypes import Array
from qmodel.encodings import Codebook, NodeMemory
from qmodel.kernels import codebook, row_kmeans, scalar_kmeans, vector_kmeans
from qmodel.typed_array import TypedArray

SHAPE = (2048, 2048)
BEST_ERRORS = {3: 0.03454, 4: 0.009497, 6: 0.0006442}


@pytest.fixture(scope="module")
def weights() -> Array:
    return np.random.default_rng(0).standard_normal(SHAPE, np.float32) * np.float32(0.02)


def without_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (codebook, row_kmeans, scalar_kmeans, vector_kmeans):
        monkeypatch.setattr(module, "compiled", lambda kernel, size: None)


def million_a_second(benchmark: Any, size: int) -> float | None:
    return None if benchmark.stats is None else size / float(benchmark.stats.stats.min) / 1e6


@pytest.mark.parametrize("bits", BEST_ERRORS)
def test_error(benchmark: Any, figure: Callable[..., None], weights: Array, bits: int) -> None:
    array = TypedArray.of(weights)
    node = benchmark.pedantic(lambda: Codebook(bits=bits).encode(array), rounds=3, warmup_rounds=1)
    decoded = node.decode(weights.shape, NodeMemory()).to_numpy().astype(np.float64)
    error = np.square(weights - decoded).sum() / np.square(weights, dtype=np.float64).sum()
    stored = sum(stored_bytes(buffer) for buffer in node.buffers()) * 8 / weights.size
    figure(f"{bits}-bit palette, relative error / best", float(error) / BEST_ERRORS[bits], "", at_most=1.01)
    figure(f"{bits}-bit palette, bits", stored, "b/w", at_most=bits + 0.01)


@pytest.mark.parametrize("kernels", ["compiled", "plain"])
@pytest.mark.parametrize(
    "encoder",
    [Codebook(bits=4), Codebook(bits=6), Codebook(bits=8), Codebook(bits=4, per=16), Codebook(table="nf4")],
    ids=["4 bits", "6 bits", "8 bits", "4 bits per 16 rows", "nf4"],
)
def test_encode(
    benchmark: Any,
    figure: Callable[..., None],
    weights: Array,
    encoder: Codebook,
    kernels: str,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    if kernels == "plain":
        without_compiler(monkeypatch)
    benchmark.pedantic(encoder.encode, args=(TypedArray.of(weights),), rounds=3, warmup_rounds=1)
    if speed := million_a_second(benchmark, weights.size):
        figure(f"encode {request.node.callspec.id}", speed, "M/s", at_least=10)


@pytest.mark.parametrize("bits", [2, 3, 4, 5, 6])
@pytest.mark.parametrize("weighted", [False, True], ids=["alike", "weighted"])
def test_encode_rows(benchmark: Any, figure: Callable[..., None], weights: Array, bits: int, weighted: bool) -> None:
    """Rows as long as those of a small embedding. Without goals but for 4 bits and numbers that are all alike."""
    rows = np.ascontiguousarray(weights.reshape(-1)[: 10240 * 384].reshape(10240, 384))
    importance = np.linspace(0.5, 2, 384, dtype=np.float32) if weighted else None
    encoder, array = Codebook(bits=bits, per="row"), TypedArray.of(rows)
    benchmark.pedantic(lambda: encoder.encode(array, importance=importance), rounds=3, warmup_rounds=1)
    if (speed := million_a_second(benchmark, rows.size)) and bits == 4 and not weighted:
        figure("encode 4 bits per row of 384", speed, "M/s", at_least=10)


@pytest.mark.parametrize(("bits", "length"), [(8, 2), (8, 4), (8, 8)])
def test_encode_vectors(benchmark: Any, figure: Callable[..., None], weights: Array, bits: int, length: int) -> None:
    encoder, array = Codebook(bits=bits, vector_length=length), TypedArray.of(weights[:512])
    benchmark.pedantic(encoder.encode, args=(array,), rounds=2, warmup_rounds=1)
    if speed := million_a_second(benchmark, array.storage.size):
        figure(f"encode vectors of {length}", speed, "M/s", at_least=1)


@pytest.mark.parametrize(("kernels", "target"), [("compiled", 200), ("plain", 40)])
@pytest.mark.parametrize(("bits", "length"), [(4, 1), (6, 1), (8, 1), (8, 4)])
def test_decode(
    benchmark: Any,
    figure: Callable[..., None],
    weights: Array,
    bits: int,
    length: int,
    kernels: str,
    target: float,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if kernels == "plain":
        without_compiler(monkeypatch)
    node = Codebook(bits=bits, vector_length=length).encode(TypedArray.of(weights))
    benchmark.pedantic(node.decode, args=(weights.shape, NodeMemory()), rounds=5, warmup_rounds=1)
    if speed := million_a_second(benchmark, weights.size):
        figure(f"decode {bits} bits for {length}, {kernels}", speed, "M/s", at_least=target)
