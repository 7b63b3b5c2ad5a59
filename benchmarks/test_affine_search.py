"""Speed of affine scales, searched for and decoded, and of hashed tables, compiled; run with --benchmark-only."""

import numpy as np
import pytest

from qmodel.encodings import Affine, Hashed, NodeMemory, Plain
from qmodel.typed_array import TypedArray

pytest.importorskip("numba")
SHAPE = (1 << 14, 512)
COARSE = {
    "one for all": Affine(bits=4),
    "super-blocks": Affine(bits=5, block=8),
    "f8e4m3": Plain("f8e4m3"),
    "e8m0": Plain("e8m0"),
}


def weights():
    return TypedArray.of(np.random.default_rng(0).standard_t(5, SHAPE).astype(np.float32))


@pytest.mark.parametrize("bits", [2, 3, 4])
@pytest.mark.parametrize("block", [32, 128])
@pytest.mark.parametrize("symmetric", [True, False])
def test_search(benchmark, bits, block, symmetric):
    benchmark(Affine(bits=bits, block=block, symmetric=symmetric).encode, weights())


@pytest.mark.parametrize("bits", [5, 6])
def test_search_with_super_blocks(benchmark, bits):
    benchmark(Affine(bits=4, block=32, scale=Affine(bits=bits, block=8)).encode, weights())


@pytest.mark.parametrize("scale", COARSE.values(), ids=COARSE)
@pytest.mark.parametrize("options", [{}, {"symmetric": False}, {"symmetric": False, "zero_point": Affine(bits=4)}])
def test_search_with_coarse_scales_of_short_blocks(benchmark, scale, options):
    benchmark(Affine(bits=2, block=16, scale=scale, **options).encode, weights())


def test_search_for_small_floats(benchmark):
    benchmark(Affine(axis=0, codes=Plain("f8e4m3")).encode, weights())


@pytest.mark.parametrize("block", [8, 32, 512])
def test_decoding(benchmark, block):
    node = Affine(block=block, symmetric=False).encode(weights())
    benchmark(node.decode, SHAPE, NodeMemory())


@pytest.mark.parametrize("buckets", [1 << 16, 1 << 20, 1 << 22])
def test_hashed(benchmark, buckets):
    node = Hashed(buckets=buckets).encode(weights())
    benchmark(node.decode, SHAPE, NodeMemory())
