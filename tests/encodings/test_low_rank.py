import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qmodel.encodings import Affine, Alias, LowRank, LowRankNode, NodeMemory, Plain, Surroundings
from qmodel.encodings.weighted_error import relative_mse
from qmodel.errors import CorruptError, InvalidInputError, LimitError
from qmodel.limits import Limits
from qmodel.typed_array import TypedArray
from qmodel.v1 import encoding_pb2
from qmodel.wire.encoding import node_from_message, node_to_message
from tests.arrays import weights

UNIT = {np.dtype(np.float32): 2.0**-24, np.dtype(np.float64): 2.0**-53}
SMALLEST = {np.dtype(np.float32): 2.0**-149, np.dtype(np.float64): 2.0**-1074}


def encode(encoder, array, importance=None):
    node = encoder.encode(TypedArray.of(array), importance=importance)
    node.check(array.shape, Surroundings())
    decoded = node.decode(array.shape, NodeMemory()).storage
    return node, decoded, relative_mse(array, decoded, importance)


def plain(array, dtype=None):
    return Plain(dtype).encode(TypedArray.of(np.asarray(array)))


def nearly_low_rank(rows, columns, rank, noise, dtype=np.float32):
    generator = np.random.default_rng(rows * columns + rank)
    signal = generator.standard_normal((rows, rank)) @ generator.standard_normal((rank, columns))
    return (signal + noise * generator.standard_normal((rows, columns))).astype(dtype)


@st.composite
def factors(draw):
    rows, rank, columns = (draw(st.integers(1, 9)) for _ in range(3))
    dtypes = (np.float16, np.float32, np.float64, np.int8)
    left, right = (
        draw(weights(dtypes=(draw(st.sampled_from(dtypes[:3])),), shape=st.just(shape)))
        for shape in ((rows, rank), (rank, columns))
    )
    return left, right


@given(factors())
def test_values_are_within_the_tolerance_of_the_specification(pair):
    left, right = pair
    shape = (left.shape[0], right.shape[1])
    node = LowRankNode(plain(left), plain(right), left.shape[1])
    node.check(shape, Surroundings())
    decoded = node.decode(shape, NodeMemory())
    dtype = decoded.storage.dtype
    assert decoded.element_type == node.result_type(Surroundings())
    assert dtype == (np.float64 if np.float64 in (left.dtype, right.dtype) else np.float32)
    exact_left, exact_right = left.astype(np.longdouble), right.astype(np.longdouble)
    bound = (left.shape[1] + 2) * (UNIT[dtype] * (abs(exact_left) @ abs(exact_right)) + SMALLEST[dtype])
    assert (abs(decoded.storage.astype(np.longdouble) - exact_left @ exact_right) <= bound).all()


@pytest.mark.parametrize("shape", [(60, 25), (25, 60), (30, 30), (40, 3, 3, 2)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_error_is_that_of_the_truncated_decomposition(shape, dtype):
    array = np.random.default_rng(1).standard_normal(shape).astype(dtype)
    singular = np.linalg.svd(array.reshape(shape[0], -1).astype(np.float64), compute_uv=False)
    for rank in (1, 5, 17):
        _, decoded, error = encode(LowRank(rank=rank), array)
        assert decoded.dtype == dtype
        assert error == pytest.approx(np.square(singular[rank:]).sum() / np.square(singular).sum(), rel=1e-5)


def test_error_weights_that_are_products_give_the_weighted_optimum():
    generator = np.random.default_rng(2)
    array = generator.standard_normal((50, 30), dtype=np.float32)
    rows, columns = np.exp(generator.standard_normal((50, 1)) * 2), np.exp(generator.standard_normal(30) * 2)
    importance = rows * columns
    singular = np.linalg.svd(np.sqrt(importance) * array, compute_uv=False)
    for given_weights, of_array in ((importance, array), (importance.T.copy(), array.T.copy())):
        _, _, error = encode(LowRank(rank=6), of_array, given_weights)
        assert error == pytest.approx(np.square(singular[6:]).sum() / np.square(singular).sum(), rel=1e-4)
    _, decoded, _ = encode(LowRank(rank=6), array)
    assert error < 0.8 * relative_mse(array, decoded, importance)


def test_error_weights_for_columns_alone_and_with_zeros():
    array = np.random.default_rng(3).standard_normal((40, 20), dtype=np.float32)
    importance = np.zeros(20)
    importance[:3] = 1
    _, _, error = encode(LowRank(rank=3), array, importance)
    assert error < 1e-6
    _, decoded, _ = encode(LowRank(rank=20), array, np.zeros(20))
    assert np.allclose(decoded, array, atol=1e-5)


@pytest.mark.parametrize("target", [0.3, 0.05, 0.01])
@pytest.mark.parametrize("options", [{}, {"left": Affine(bits=6, axis=1), "right": Affine(bits=6, axis=0)}])
def test_smallest_rank_that_reaches_an_error(target, options):
    array = nearly_low_rank(80, 50, 9, 0.2)
    node, _, error = encode(LowRank(error=target, **options), array)
    assert error <= target
    if node.rank > 1:
        assert encode(LowRank(rank=node.rank - 1, **options), array)[2] > target


def test_error_that_no_rank_reaches_is_refused():
    array = nearly_low_rank(20, 12, 5, 0.1)
    with pytest.raises(InvalidInputError, match="no rank reaches a relative error of 1e-06"):
        LowRank(error=1e-6, left=Affine(bits=3), right=Affine(bits=3)).encode(TypedArray.of(array))


@pytest.mark.parametrize("shape", [(120, 40), (40, 120)])
def test_factors_are_fitted_to_what_is_stored_of_each_other(shape):
    array = nearly_low_rank(*shape, 8, 0.3)
    coarse = Affine(bits=3, axis=1)
    node, _, error = encode(LowRank(rank=8, left=coarse, right=Affine(bits=6, axis=0)), array)
    exact = LowRank(rank=8).encode(TypedArray.of(array))
    left, right = (exact.left.decode((shape[0], 8), NodeMemory()), exact.right.decode((8, shape[1]), NodeMemory()))
    naive = LowRankNode(coarse.encode(left), Affine(bits=6, axis=0).encode(right), 8)
    naive_error = relative_mse(array, naive.decode(shape, NodeMemory()).storage, None)
    assert error < 0.95 * naive_error
    assert node.left.kind == node.right.kind == "affine"


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((5, 4), np.float32),
        np.full((5, 4), 3, np.float16),
        np.full((1, 1), -2, np.float32),
        np.full((6, 2), 1e-45, np.float32),
        np.full((6, 2), 3e38, np.float32),
        np.outer(np.arange(1.0, 7), [1e300, 2e300]),
        np.outer(np.arange(1.0, 7), [1e-300, 2e-300]),
        np.outer([1, 2], [5e-324, 0, 1e-323]),
    ],
    ids=["zeros", "constant", "one", "subnormal", "large", "large-f64", "small-f64", "subnormal-f64"],
)
def test_matrices_of_rank_one_come_back(array):
    _, decoded, _ = encode(LowRank(rank=7), array)
    np.testing.assert_allclose(decoded, array, rtol=2e-3 if array.dtype == np.float16 else 1e-5)


@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (0, 0), (2, 0, 4)])
def test_empty_matrices(shape):
    for options in ({"rank": 3}, {"error": 0.1}):
        _, decoded, _ = encode(LowRank(**options), np.empty(shape, np.float32))
        assert decoded.shape == shape


def test_importance_reaches_the_factors():
    seen = []

    class Spy(Plain):
        def encode(self, array, /, *, importance=None, threads=1):
            seen.append((array.shape, importance))
            return super().encode(array, importance=importance, threads=threads)

    array = np.random.default_rng(0).standard_normal((6, 4), dtype=np.float32)
    encode(LowRank(rank=2, left=Spy(), right=Spy()), array)
    assert [importance for _, importance in seen] == [None, None]
    seen.clear()
    encode(LowRank(rank=2, left=Spy(), right=Spy()), array, np.arange(1.0, 25).reshape(6, 4))
    for shape, importance in seen:
        assert importance.shape == shape
        assert (importance > 0).all()


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.ones((3, 4), np.int8), "factors stand for floats, not s8"),
        (np.float32(1), "is no matrix to factorise"),
        (np.ones(7, np.float32), "is no matrix to factorise"),
        (np.array([[1, np.nan]], np.float32), "NaN or infinity has no factors"),
        (np.array([[1, -np.inf]], np.float64), "NaN or infinity has no factors"),
    ],
)
def test_what_has_no_factors_is_refused(array, message):
    with pytest.raises(InvalidInputError, match=message):
        LowRank(rank=1).encode(TypedArray.of(np.asarray(array)))


def test_factors_that_their_type_cannot_hold_are_refused():
    array = TypedArray.of(np.full((4, 4), 1e30, np.float32))
    with pytest.raises(InvalidInputError, match="too large for f16"):
        LowRank(rank=1, left=Plain("f16")).encode(array)


@pytest.mark.parametrize(
    "options", [{}, {"rank": 1, "error": 0.1}, {"rank": 0}, {"error": 0.0}, {"error": 1.0}, {"error": float("nan")}]
)
def test_senseless_options_are_refused(options):
    with pytest.raises(InvalidInputError):
        LowRank(**options)


def test_input_stays_as_it_is():
    array = nearly_low_rank(30, 20, 3, 0.1)
    array.flags.writeable = False
    node = LowRank(rank=3).encode(TypedArray.of(array))
    assert node.spelled() == "low_rank(plain f32, plain f32, rank 3)"


def test_message_and_back():
    node = LowRank(rank=2, left=Affine(bits=4), right=Plain("f16")).encode(TypedArray.of(nearly_low_rank(9, 8, 2, 0.1)))
    message = encoding_pb2.Encoding()
    node_to_message(node, message)
    assert node_from_message(encoding_pb2.Encoding.FromString(message.SerializeToString())) == node


@pytest.mark.parametrize(
    ("node", "shape", "error", "message"),
    [
        (LowRankNode(plain([[1.0]]), plain([[1.0]]), 1), (1,), CorruptError, "two axes or more"),
        (LowRankNode(plain([[1.0]]), plain([[1.0]]), 1), (), CorruptError, "two axes or more"),
        (LowRankNode(plain([[1.0]]), plain([[1.0]]), 0), (1, 1), CorruptError, "of rank 0"),
        (LowRankNode(plain([[1.0]]), plain([[1.0]]), 2), (1, 1), CorruptError, "1 elements, its encoding needs 2"),
        (LowRankNode(plain([[1.0]]), plain([[1.0]]), 1), (2, 1), CorruptError, "1 elements, its encoding needs 2"),
        (LowRankNode(plain([[1.0]]), plain([[1.0]]), 1), (1, 2), CorruptError, "1 elements, its encoding needs 2"),
        (LowRankNode(plain([[True]]), plain([[1.0]]), 1), (1, 1), CorruptError, "left factor is bool"),
        (LowRankNode(plain([[1.0]]), plain([[1]]), 1), (1, 1), CorruptError, "right factor is s64"),
        (LowRankNode(Alias("x").encode(None), plain([[1.0]]), 1), (1, 1), CorruptError, "file does not hold"),
    ],
)
def test_hostile_nodes_are_refused(node, shape, error, message):
    with pytest.raises(error, match=message):
        node.check(shape, Surroundings())


def test_sizes_are_limited_before_anything_is_allocated():
    empty = plain(np.empty(0, np.float32))
    with pytest.raises(LimitError, match=r"of shape \(1, 1152921504606846976\)"):
        LowRankNode(empty, empty, 1 << 60).check((0, 0), Surroundings())
    column, row = plain(np.ones((1000, 1), np.float32)), plain(np.ones((1, 1000), np.float32))
    with pytest.raises(LimitError, match="needs 4000000 bytes, limit 1000000"):
        LowRankNode(column, row, 1).check((1000, 1000), Surroundings(limits=Limits(max_tensor_bytes=1_000_000)))
