"""Byte codecs and filters on normal weights, and the merging of float planes; run with `--benchmark-only`.

Sizes and speeds beside other programs' are in RESULTS.md; on weights of one's own `qmodel bench` shows them.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np
import pytest

from qmodel import dtypes
from qmodel.buffers import MemorySource, load, store
from qmodel.buffers.choices import CODING_CHOICES, coding_named
from qmodel.dtypes import Array
from qmodel.kernels.bf16 import f32_to_bf16

ELEMENTS = 1 << 22
SIDES = ["numpy", "compiled"]


@pytest.fixture(scope="module")
def bf16() -> Array:
    return f32_to_bf16(np.random.default_rng(0).standard_normal(ELEMENTS, np.float32) * np.float32(0.02))


def gigabytes_a_second(benchmark: Any, size: int) -> float | None:
    return None if benchmark.stats is None else size / float(benchmark.stats.stats.min) / 1e9


@pytest.mark.parametrize("name", CODING_CHOICES)
def test_encode(benchmark: Any, bf16: Array, name: str) -> None:
    options = {"coding": coding_named(name)}
    benchmark.pedantic(store, args=(bf16, dtypes.BF16), kwargs=options, rounds=3, warmup_rounds=1)


@pytest.mark.parametrize("name", CODING_CHOICES)
def test_decode(benchmark: Any, figure: Callable[..., None], bf16: Array, name: str) -> None:
    buffer = store(bf16, dtypes.BF16, coding=coding_named(name))
    benchmark.pedantic(load, args=(buffer, MemorySource()), rounds=5, warmup_rounds=1)
    speed = gigabytes_a_second(benchmark, bf16.nbytes)
    if name == "float_planes+zstd" and speed is not None:
        figure("bf16 in float planes, decode, one core", speed, "GB/s", at_least=1.0)


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("width", [2, 4, 8])
@pytest.mark.parametrize("operation", ["split_into", "merge_into"])
def test_float_planes(benchmark: Any, side: str, width: int, operation: str) -> None:
    if side == "compiled":
        pytest.importorskip("numba")
    module = import_module(f"qmodel.kernels{'.compiled' if side == 'compiled' else ''}.float_planes")
    bits = np.random.default_rng(0).integers(0, 256, width << 20, dtype=np.uint8).view(f"u{width}")
    planes = np.empty((width, bits.size), np.uint8)
    module.split_into(bits, planes)
    benchmark(getattr(module, operation), *((bits, planes) if operation == "split_into" else (planes, bits)))


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("operation", ["compress_into", "decompress_into"])
def test_lzo(benchmark: Any, side: str, operation: str) -> None:
    if side == "compiled":
        pytest.importorskip("numba")
    module = import_module(f"qmodel.kernels{'.compiled' if side == 'compiled' else ''}.lzo")
    data = np.minimum(np.random.default_rng(0).geometric(0.3, 1 << 17), 255).astype(np.uint8)
    out = np.empty(2 * data.size, np.uint8)
    stream = out[: module.compress_into(data, out)]
    arguments = (data, np.empty_like(out)) if operation == "compress_into" else (stream, np.empty_like(data))
    benchmark.pedantic(getattr(module, operation), args=arguments, rounds=3, warmup_rounds=1)
