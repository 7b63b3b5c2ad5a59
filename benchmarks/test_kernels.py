"""Speed of the array kernels, NumPy and compiled, on 16 M elements; run with --benchmark-only."""

from importlib import import_module

import numpy as np
import pytest

from qmodel import dtypes
from qmodel.kernels import minifloat_tables

ELEMENTS = 1 << 24
SIDES = ["numpy", "compiled"]


def kernel(side, name):
    if side == "compiled":
        pytest.importorskip("numba")
        return import_module(f"qmodel.kernels.compiled.{name}")
    return import_module(f"qmodel.kernels.{name}")


def random_integers(dtype, below):
    return np.random.default_rng(0).integers(0, below, ELEMENTS, dtype=dtype)


def held_dtype(bits):
    return np.uint8 if bits <= 8 else np.uint16 if bits <= 16 else np.uint32


@pytest.mark.parametrize("bits", [1, 2, 3, 4, 5, 6, 7, 12, 24])
@pytest.mark.parametrize("side", SIDES)
def test_pack(benchmark, side, bits):
    values = random_integers(held_dtype(bits), 1 << bits)
    benchmark(kernel(side, "bitpack").pack_groups, values, bits)


@pytest.mark.parametrize("bits", [1, 2, 3, 4, 5, 6, 7, 12, 24])
@pytest.mark.parametrize("side", SIDES)
def test_unpack(benchmark, side, bits):
    data = random_integers(np.uint8, 256)[: ELEMENTS * bits // 8] if bits <= 8 else np.zeros(ELEMENTS * bits // 8, "u1")
    benchmark(kernel(side, "bitpack").unpack_groups, data, bits, np.empty(ELEMENTS, held_dtype(bits)))


@pytest.mark.parametrize("operation", ["shuffle_into", "unshuffle_into"])
@pytest.mark.parametrize("width", [2, 4, 8])
@pytest.mark.parametrize("side", SIDES)
def test_shuffle(benchmark, side, width, operation):
    data = np.tile(random_integers(np.uint8, 256), width)
    benchmark(getattr(kernel(side, "shuffle"), operation), data, width, np.empty_like(data))


@pytest.mark.parametrize("side", SIDES)
def test_widen_bf16(benchmark, side):
    bits = random_integers(np.uint16, 1 << 16)
    benchmark(kernel(side, "bf16").widen_bf16, bits, np.empty(ELEMENTS, np.uint32))


@pytest.mark.parametrize("side", SIDES)
def test_round_f32(benchmark, side):
    bits = random_integers(np.uint32, 1 << 32)
    benchmark(kernel(side, "bf16").round_f32, bits, np.empty(ELEMENTS, np.uint16))


@pytest.mark.parametrize("side", SIDES)
def test_round_f64(benchmark, side):
    values = np.random.default_rng(0).standard_normal(ELEMENTS)
    benchmark(kernel(side, "bf16").round_f64, values, np.empty(ELEMENTS, np.uint16))


@pytest.mark.parametrize("side", SIDES)
def test_widen_minifloat(benchmark, side):
    bits = random_integers(np.uint8, 256)
    table = minifloat_tables.widening_table(dtypes.F8E4M3)
    benchmark(kernel(side, "minifloat").widen, bits, table, np.empty(ELEMENTS, np.float32))


@pytest.mark.parametrize("width", [32, 64])
@pytest.mark.parametrize("side", SIDES)
def test_round_to_minifloat(benchmark, side, width):
    values = np.random.default_rng(0).standard_normal(ELEMENTS).astype(f"f{width // 8}")
    source = values.view(np.uint32) if width == 32 else values
    table = minifloat_tables.rounding_table(dtypes.F8E4M3, saturate=True)
    benchmark(getattr(kernel(side, "minifloat"), f"round_f{width}"), source, table, np.empty(ELEMENTS, np.uint8))
