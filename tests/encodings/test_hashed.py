import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qmodel import dtypes
from qmodel.buffers import store
from qmodel.encodings import Affine, Hashed, HashedNode, NodeMemory, Plain, PlainNode, Surroundings
from qmodel.errors import CorruptError, InvalidInputError, LimitError
from qmodel.limits import Limits
from qmodel.typed_array import TypedArray
from tests.arrays import weights
from tests.kernels.test_hashing import hash_of

SEEDS = st.integers(0, (1 << 32) - 1)


def encode(encoder, array, **options):
    node = encoder.encode(TypedArray.of(array), **options)
    assert isinstance(node, HashedNode)
    node.check(array.shape, Surroundings())
    decoded = node.decode(array.shape, NodeMemory())
    assert decoded.element_type == node.result_type(Surroundings())
    return node, decoded.to_numpy()


def design(count, bucket_count, seed):
    """The matrix that turns buckets into values."""
    matrix = np.zeros((count, bucket_count))
    for i in range(count):
        h = hash_of(i, seed)
        matrix[i, h * bucket_count >> 32] = -1 if h & 1 else 1
    return matrix


@given(weights(dtypes=(np.float32, np.float64), largest=100), st.integers(1, 40), SEEDS, st.booleans(), st.data())
def test_buckets_are_the_least_squares_fit(array, bucket_count, seed, weighted, data):
    importance = None
    if weighted:
        numbers = st.sampled_from([0.0, 0.5, 1.0, 3.0])
        importance = np.array(data.draw(st.lists(numbers, min_size=array.size, max_size=array.size)))
        importance = importance.reshape(array.shape)
    node, decoded = encode(Hashed(buckets=bucket_count, seed=seed), array, importance=importance)
    root = np.sqrt(np.ones(array.size) if importance is None else importance.reshape(-1))
    matrix = design(array.size, bucket_count, seed)
    values = array.reshape(-1).astype(np.float64)
    best, *_ = np.linalg.lstsq(matrix * root[:, None], values * root, rcond=None)
    buckets = node.buckets.decode((bucket_count,), NodeMemory()).storage
    np.testing.assert_allclose(buckets, best, rtol=1e-5, atol=1e-5)
    assert np.array_equal(decoded, (matrix @ buckets).reshape(array.shape).astype(decoded.dtype))


@given(st.integers(1, 50), st.integers(0, 60), SEEDS)
def test_a_network_trained_with_the_hash_loses_nothing(bucket_count, count, seed):
    buckets = np.random.default_rng(seed).standard_normal(bucket_count).astype(np.float32)
    node = HashedNode(Plain().encode(TypedArray.of(buckets)), bucket_count, seed)
    trained = node.decode((count,), NodeMemory()).storage
    _, decoded = encode(Hashed(buckets=bucket_count, seed=seed), trained)
    assert np.array_equal(decoded, trained)


@pytest.mark.parametrize("name", ["f64", "f32", "f16", "bf16", "f8e4m3", "f8e5m2", "f6e2m3", "f6e3m2", "f4e2m1"])
def test_the_sign_is_one_bit_of_any_float(name):
    element_type = dtypes.parse(name)
    pattern = np.array([1 << (element_type.bits - 1) | 1, 0, (1 << (element_type.bits - 1)) - 1], np.uint64)
    storage = pattern.astype(f"u{element_type.storage.itemsize}").view(element_type.storage)
    node = HashedNode(PlainNode(store(storage, element_type)), 3, 9)
    node.check((4, 5), Surroundings())
    decoded = node.decode((4, 5), NodeMemory())
    assert decoded.element_type == element_type
    bits = decoded.storage.view(f"u{element_type.storage.itemsize}").reshape(-1).tolist()
    hashes = [hash_of(i, 9) for i in range(20)]
    assert bits == [int(pattern[h * 3 >> 32]) ^ (h & 1) << (element_type.bits - 1) for h in hashes]


@pytest.mark.parametrize("shape", [(), (0,), (3, 0, 2), (1,), (7, 9)])
@pytest.mark.parametrize("values", [Plain(), Plain("f16"), Affine(bits=8), Hashed(compression=2)])
def test_shapes_and_stored_parameters(shape, values):
    array = np.linspace(-1, 1, int(np.prod(shape)), dtype=np.float32).reshape(shape)
    node, decoded = encode(Hashed(compression=4, values=values), array)
    assert node.bucket_count == max(round(array.size / 4), 1)
    assert decoded.shape == shape
    assert np.isfinite(decoded.astype(np.float64)).all()


def test_buckets_nobody_uses_and_weightless_ones_are_zero():
    node, _ = encode(Hashed(buckets=50), np.ones(3, np.float32))
    stored = node.buckets.decode((50,), NodeMemory()).storage
    assert np.count_nonzero(stored) <= 3
    assert np.isfinite(stored).all()
    node, decoded = encode(Hashed(buckets=2), np.ones(9, np.float32), importance=np.zeros(9))
    assert not decoded.any()


def test_importance_of_a_column_counts_for_the_column():
    array = np.random.default_rng(0).standard_normal((6, 4)).astype(np.float32)
    columns = np.array([1.0, 2.0, 0.5, 4.0])
    narrow, _ = encode(Hashed(buckets=5), array, importance=columns)
    whole, _ = encode(Hashed(buckets=5), array, importance=np.broadcast_to(columns, array.shape))
    assert narrow == whole


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_what_has_no_mean_is_refused(bad):
    array = np.ones(9, np.float32)
    array[3] = bad
    with pytest.raises(InvalidInputError, match="NaN or infinity"):
        Hashed().encode(TypedArray.of(array))
    with pytest.raises(InvalidInputError, match="too large to be added"):
        Hashed(buckets=1).encode(TypedArray.of(np.array([1.7e308] * 64)))
    with pytest.raises(InvalidInputError, match="stand for floats, not s8"):
        Hashed().encode(TypedArray.of(np.ones(3, np.int8)))


@pytest.mark.parametrize(
    "options",
    [
        {"compression": 2.0, "buckets": 3},
        {"compression": 0.5},
        {"compression": float("nan")},
        {"compression": float("inf")},
        {"buckets": 0},
        {"buckets": (1 << 32) + 1},
        {"seed": -1},
        {"seed": 1 << 32},
    ],
)
def test_options_are_checked(options):
    with pytest.raises(InvalidInputError, match="hashed"):
        Hashed(**options)


def test_hostile_nodes_are_corrupt():
    node = Hashed(buckets=4).encode(TypedArray.of(np.ones(9, np.float32)))
    for count, message in (
        (0, "0 buckets"),
        ((1 << 32) + 1, "buckets, not 1 to"),
        (5, "has 4 elements, its encoding needs 5"),
    ):
        with pytest.raises(CorruptError, match=message):
            dataclasses.replace(node, bucket_count=count).check((9,), Surroundings())
    scales = PlainNode(store(np.zeros(4, np.uint8), dtypes.E8M0))
    integers = Plain().encode(TypedArray.of(np.zeros(4, np.int8)))
    for buckets in (scales, integers):
        with pytest.raises(CorruptError, match="not floats with a sign"):
            dataclasses.replace(node, buckets=buckets).check((9,), Surroundings())


def test_a_small_file_cannot_ask_for_a_huge_array():
    node = Hashed(buckets=4).encode(TypedArray.of(np.ones(9, np.float32)))
    with pytest.raises(LimitError, match="needs 4096 bytes, limit 4095"):
        node.check((1024,), Surroundings(limits=Limits(max_tensor_bytes=4095)))


def test_spelling():
    node = Hashed(buckets=4).encode(TypedArray.of(np.ones(9, np.float32)))
    assert node.spelled() == "hashed(plain f32, 4 buckets)"
