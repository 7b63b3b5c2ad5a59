"""Factorised weights: speeds on a made matrix, bits and errors on a real embedding; run with --benchmark-only.

The embedding is that of MiniLM as `benchmarks/measure_encodings.py` keeps it; without it those figures are skipped.
"""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.encoding_table.weight_sets import load_weights, path_of
from qmodel.buffers.storage import stored_bytes
from qmodel.encodings import Affine, LowRank, NodeMemory, Sum, Transform
from qmodel.encodings.weighted_error import relative_mse
from qmodel.kernels.factorise import gram
from qmodel.typed_array import TypedArray

CACHE = Path(__file__).parent / ".peers"
SHAPE = (16384, 512)
INT8_FACTORS = {"left": Affine(bits=8, axis=1), "right": Affine(bits=8, axis=0)}
ENCODERS = {
    "low_rank of rank 32": (LowRank(rank=32), 10),
    "low_rank of rank 32, int8 factors": (LowRank(rank=32, **INT8_FACTORS), 5),
    "sum of two 4-bit terms": (Sum((Affine(bits=4, block=32), Affine(bits=4, block=32))), 20),
    "transform of 8-bit codes": (Transform(Affine(bits=8)), 10),
}


@pytest.fixture(scope="module")
def made():
    """Rows of unequal variances in a hidden basis, so that no encoder finds it dull."""
    generator = np.random.default_rng(0)
    basis = np.linalg.qr(generator.standard_normal((SHAPE[1], SHAPE[1])))[0]
    scaled = generator.standard_normal(SHAPE, dtype=np.float32) * np.linspace(2, 0.1, SHAPE[1], dtype=np.float32)
    return scaled @ basis.astype(np.float32)


@pytest.fixture(scope="module")
def embedding():
    if not path_of("minilm", CACHE).exists():
        pytest.skip("MiniLM is not there; benchmarks/measure_encodings.py fetches it")
    return max(load_weights("minilm", CACHE).values(), key=lambda array: array.size)


@pytest.mark.parametrize("name", ENCODERS)
def test_encode(benchmark, figure, made, name):
    encoder, target = ENCODERS[name]
    array = TypedArray.of(made)
    benchmark.pedantic(encoder.encode, (array,), rounds=3, warmup_rounds=1)
    if benchmark.stats is not None:
        figure(f"encode {name}", made.size / benchmark.stats.stats.min / 1e6, "M/s", at_least=target)


@pytest.mark.parametrize("name", ENCODERS)
def test_decode(benchmark, figure, made, name):
    node = ENCODERS[name][0].encode(TypedArray.of(made))
    benchmark.pedantic(node.decode, (made.shape, NodeMemory()), rounds=5, warmup_rounds=1)
    if benchmark.stats is not None:
        figure(f"decode {name}", made.size / benchmark.stats.stats.min / 1e6, "M/s", at_least=100)


def test_a_coarse_low_rank_term_lowers_the_error(benchmark, figure, embedding):
    fine = Affine(bits=4, block=32)
    encoder = Sum((LowRank(rank=16, **INT8_FACTORS), fine))
    alone = bits_and_error(fine, embedding)
    bits, error = benchmark.pedantic(bits_and_error, (encoder, embedding), rounds=1)
    figure("4 bits behind rank 16, bits more", bits - alone[0], "b/w", at_most=0.35)
    figure("4 bits behind rank 16, error", error / alone[1], "×", at_most=0.9)


def test_fitting_each_factor_to_the_other_as_stored(benchmark, figure, embedding):
    coarse = {"left": Affine(bits=3, axis=1), "right": Affine(bits=3, axis=0)}
    fitted = benchmark.pedantic(bits_and_error, (LowRank(rank=64, **coarse), embedding), rounds=1)[1]
    exact = LowRank(rank=64).encode(TypedArray.of(embedding))
    left, right = exact.left.decode((len(embedding), 64), NodeMemory()), exact.right.decode((64, 384), NodeMemory())
    factors = [
        encoder.encode(factor).decode(factor.shape, NodeMemory()).storage
        for encoder, factor in zip(coarse.values(), (left, right), strict=True)
    ]
    naive = relative_mse(embedding, factors[0] @ factors[1], None)
    figure("3-bit factors fitted to each other, error", fitted / naive, "×", at_most=1)


def test_bits_that_decorrelation_saves_where_columns_have_their_own_tables(benchmark, figure, embedding):
    def saved():
        vectors = np.linalg.eigh(gram(embedding, np.ones(len(embedding))))[1]
        step = embedding.std() / 4
        return columns_entropy(embedding, step) - columns_entropy(embedding @ vectors.astype(np.float32), step)

    figure("KLT of the embedding, entropy saved", benchmark.pedantic(saved, rounds=1), "b/w", at_least=0.2)


def bits_and_error(encoder, array):
    node = encoder.encode(TypedArray.of(array))
    decoded = node.decode(array.shape, NodeMemory()).storage
    bits = 8 * sum(stored_bytes(buffer) for buffer in node.buffers()) / array.size
    return bits, relative_mse(array, decoded, None)


def columns_entropy(array, step):
    """Bits for each value of uniform codes, each column with its own ideal table."""
    total = 0.0
    for column in np.rint(array / step).astype(np.int32).T:
        shares = np.unique(column, return_counts=True)[1] / column.size
        total -= float((shares * np.log2(shares)).sum())
    return total / array.shape[1]
