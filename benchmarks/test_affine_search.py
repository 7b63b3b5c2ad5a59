"""Speed of the search for affine scales and of the look-ups of hashed tables, compiled; run with --benchmark-only."""

import numpy as np
import pytest

from qmodel.encodings import Affine, Hashed, NodeMemory
from qmodel.typed_array import TypedArray

pytest.importorskip("numba")
SHAPE = (1 << 14, 512)


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


@pytest.mark.parametrize("buckets", [1 << 16, 1 << 20, 1 << 22])
def test_hashed(benchmark, buckets):
    node = Hashed(buckets=buckets).encode(weights())
    benchmark(node.decode, SHAPE, NodeMemory())
