"""Affine arrays whose codes are sparse: pruned by their values, then fitted, with scales for channels or blocks."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qmodel.buffers import Packed
from qmodel.encodings import Affine, Codebook, NodeMemory, Plain, Sparse, SparseNode, Surroundings
from qmodel.errors import InvalidInputError
from qmodel.typed_array import TypedArray
from qmodel.v1 import encoding_pb2
from qmodel.wire.encoding import node_from_message, node_to_message
from tests.arrays import shapes, weights

GAUSSIAN = np.random.default_rng(0).standard_normal((24, 10, 3, 3), dtype=np.float32)
PRUNING = (Sparse(pattern="2:4"), Sparse(pattern="1:3"), Sparse(0.7), Sparse(0.5, scope="row"), Sparse(pattern="gaps"))


def encode(encoder, array, **options):
    node = encoder.encode(TypedArray.of(array), **options)
    node.check(array.shape, Surroundings())
    return node, node.decode(array.shape, NodeMemory()).to_numpy()


@given(weights(shape=shapes.filter(len)), st.sampled_from(PRUNING), st.integers(2, 16), st.sampled_from([0, -1]))
def test_codes_are_those_of_the_pruned_values(array, sparse, bits, axis):
    node, decoded = encode(Affine(bits=bits, axis=axis, codes=sparse), array)
    pruned = sparse.pruned(TypedArray.of(array), None)
    assert np.array_equal(decoded, encode(Affine(bits=bits, axis=axis), pruned.to_numpy())[1])
    assert isinstance(node.codes, SparseNode)
    message = encoding_pb2.Encoding()
    node_to_message(node, message)
    assert node_from_message(encoding_pb2.Encoding.FromString(message.SerializeToString())) == node


@pytest.mark.parametrize("sparse", PRUNING[:4])
def test_what_rounds_to_the_same_code_is_still_told_apart(sparse):
    array = (np.random.default_rng(0).integers(-3, 4, (8, 12)) + np.linspace(0, 0.4, 96).reshape(8, 12)).astype("f4")
    array[:, 0] = 100
    _, decoded = encode(Affine(bits=4, axis=0, codes=sparse, fit="absmax"), array)
    pruned = sparse.pruned(TypedArray.of(array), None).to_numpy()
    assert not decoded[pruned == 0].any()


@pytest.mark.parametrize(
    "inner", [Plain("f4e2m1"), Plain("f8e4m3"), Codebook(table="nf4")], ids=["f4e2m1", "f8e4m3", "nf4"]
)
@pytest.mark.parametrize("pattern", ["2:4", "auto"])
def test_codes_may_be_small_floats_or_of_a_table(inner, pattern):
    array = np.where(np.random.default_rng(1).random(GAUSSIAN.shape) < 0.5, GAUSSIAN, 0).astype(np.float32)
    sparse = Sparse(pattern=pattern, values=inner)
    _, decoded = encode(Affine(block=30, codes=sparse), array)
    pruned = sparse.pruned(TypedArray.of(array), None).to_numpy()
    assert np.array_equal(decoded, encode(Affine(block=30, codes=inner), pruned)[1])
    assert not decoded[pruned == 0].any()


def test_scales_of_channels_cost_less_than_those_of_blocks_and_lose_as_little_as_pruning_does():
    array = GAUSSIAN * np.logspace(-2, 2, 24, dtype=np.float32).reshape(24, 1, 1, 1)
    sparse = Sparse(pattern="2:4")
    pruned = sparse.pruned(TypedArray.of(array), None).to_numpy()
    _, decoded = encode(Affine(axis=0, codes=sparse), array)
    lost, least = (np.square(values.astype(np.float64) - array).sum() for values in (decoded, pruned))
    assert lost < least * 1.001
    rows = np.abs(pruned).reshape(24, -1).max(axis=1).reshape(24, 1, 1, 1)
    assert (np.abs(decoded - pruned) <= rows / 127 / 2 * 1.0001).all()


def test_importance_decides_what_is_kept_and_how_it_is_fitted():
    array = np.array([[1.0, 2.0, 3.0, 4.0]], np.float32)
    _, decoded = encode(Affine(codes=Sparse(pattern="2:4")), array, importance=np.array([100.0, 1.0, 1.0, 0.0]))
    assert np.array_equal(decoded != 0, [[True, False, True, False]])
    importance = np.where(np.arange(10) % 2, 1.0, 0.01).reshape(1, 10, 1, 1)
    encoder = Affine(bits=3, axis=0, codes=Sparse(pattern="2:4"))
    weighted, plain = (encode(encoder, GAUSSIAN, importance=given)[1] for given in (importance, None))
    lost, more = (float((np.square(values - GAUSSIAN) * importance).sum()) for values in (weighted, plain))
    assert lost < more


@pytest.mark.parametrize("shape", [(0,), (3, 0), (1,), (5, 1), (7, 3)])
def test_empty_small_and_constant_arrays(shape):
    for value in (0.0, 2.5):
        _, decoded = encode(Affine(axis=0, codes=Sparse(pattern="2:4")), np.full(shape, value, np.float32))
        assert set(np.unique(decoded)) <= {0.0, np.float32(value)}
    assert np.array_equal(encode(Affine(codes=Sparse()), np.float32(3))[1], np.float32(3))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"bits": 1}, "none is 0"),
        ({"symmetric": False}, "symmetric and coding are for plain integer codes"),
        ({"coding": Packed()}, "symmetric and coding are for plain integer codes"),
    ],
)
def test_options_that_make_no_sense_with_sparse_codes(options, message):
    with pytest.raises(InvalidInputError, match=message):
        Affine(codes=Sparse(), **options)
    with pytest.raises(InvalidInputError, match="full_range is for integer codes"):
        Affine(codes=Sparse(values=Plain("f4e2m1")), full_range=True)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("sparse", [Sparse(), Sparse(pattern="2:4")])
def test_what_is_not_finite_is_refused(bad, sparse):
    array = np.ones((2, 4), np.float32)
    array[1, 2] = bad
    with pytest.raises(InvalidInputError, match="NaN or infinity"):
        Affine(axis=0, codes=sparse).encode(TypedArray.of(array))
    with pytest.raises(InvalidInputError, match="2:4 needs an axis"):
        Affine(codes=Sparse(pattern="2:4")).encode(TypedArray.of(np.float32(1)))
