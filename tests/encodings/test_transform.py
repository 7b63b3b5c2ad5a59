import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qmodel.buffers import Packed
from qmodel.buffers.storage import stored_bytes
from qmodel.encodings import Affine, Alias, NodeMemory, Plain, PlainNode, Surroundings, Transform, TransformNode
from qmodel.encodings.weighted_error import relative_mse
from qmodel.errors import CorruptError, InvalidInputError, LimitError
from qmodel.typed_array import TypedArray
from qmodel.v1 import encoding_pb2
from qmodel.wire.encoding import node_from_message, node_to_message
from tests.arrays import same_bits, weights

UNIT = {np.dtype(np.float32): 2.0**-24, np.dtype(np.float64): 2.0**-53}
SMALLEST = {np.dtype(np.float32): 2.0**-149, np.dtype(np.float64): 2.0**-1074}
# One step for the whole array, so that what the columns' variances have to do with it is left to the byte codec.
ONE_STEP = Affine(bits=8, coding=Packed("zstd"))


def plain(array):
    return Plain().encode(TypedArray.of(np.asarray(array)))


def encode(encoder, array, importance=None):
    node = encoder.encode(TypedArray.of(array), importance=importance)
    node.check(array.shape, Surroundings())
    decoded = node.decode(array.shape, NodeMemory())
    return node, decoded.storage


def correlated(rows=6000, columns=16):
    """Rows whose coordinates differ much in variance, in a basis that hides it."""
    generator = np.random.default_rng(0)
    basis = np.linalg.qr(generator.standard_normal((columns, columns)))[0]
    return ((generator.standard_normal((rows, columns)) * 0.6 ** np.arange(columns)) @ basis).astype(np.float32)


def bits_of(node, array):
    return 8 * sum(stored_bytes(buffer) for buffer in node.buffers()) / array.size


@given(st.data())
def test_values_are_within_the_tolerance_of_the_specification(data):
    length = data.draw(st.integers(1, 8))
    leading = data.draw(st.sampled_from([(), (1,), (5,), (2, 3)]))
    inner = data.draw(weights(shape=st.just((*leading, length))))
    matrix = data.draw(weights(shape=st.just((length, length))))
    node = TransformNode(plain(matrix), plain(inner))
    node.check(inner.shape, Surroundings())
    decoded = node.decode(inner.shape, NodeMemory())
    dtype = decoded.storage.dtype
    assert decoded.element_type == node.result_type(Surroundings())
    exact_inner, exact_matrix = inner.astype(np.longdouble), matrix.astype(np.longdouble)
    bound = (length + 2) * (UNIT[dtype] * (abs(exact_inner) @ abs(exact_matrix)) + SMALLEST[dtype])
    assert (abs(decoded.storage.astype(np.longdouble) - exact_inner @ exact_matrix) <= bound).all()


def test_decorrelation_pays_for_correlated_rows():
    array = correlated()
    node, decoded = encode(Transform(ONE_STEP), array)
    plain_node, plain_decoded = encode(ONE_STEP, array)
    assert isinstance(node, TransformNode)
    bits, plain_bits = bits_of(node, array), bits_of(plain_node, array)
    error, plain_error = (relative_mse(array, values, None) for values in (decoded, plain_decoded))
    assert bits + np.log2(error) / 2 < plain_bits + np.log2(plain_error) / 2 - 0.3


def test_columns_of_the_rotated_array_are_uncorrelated():
    array = correlated()
    node, _ = encode(Transform(ONE_STEP), array)
    rotated = node.inner.decode(array.shape, NodeMemory()).storage.astype(np.float64)
    moments = rotated.T @ rotated / len(rotated)
    variances = np.diag(moments)
    assert (np.diff(variances) <= 0).all()
    assert np.abs(moments - np.diag(variances)).max() < 0.01 * variances[0]


def test_white_noise_is_left_alone():
    array = np.random.default_rng(1).standard_normal((2000, 16), dtype=np.float32)
    node, _ = encode(Transform(ONE_STEP), array)
    assert node == ONE_STEP.encode(TypedArray.of(array))


@pytest.mark.parametrize("importance", [None, np.linspace(0, 2, 16), np.linspace(0, 2, 96000).reshape(6000, 16)])
def test_a_sample_of_rows_decides_as_the_whole_does(monkeypatch, importance):
    encoder = Transform(ONE_STEP)
    for array in (correlated(), np.random.default_rng(1).standard_normal((6000, 16), dtype=np.float32)):
        whole = encoder.encode(TypedArray.of(array), importance=importance)
        with monkeypatch.context() as patched:
            patched.setattr("qmodel.encodings.transform._SAMPLE_ELEMENTS", 20_000)
            assert encoder.encode(TypedArray.of(array), importance=importance) == whole


def test_outliers_in_one_column_are_spread_by_hadamard():
    array = np.random.default_rng(2).standard_normal((4000, 64), dtype=np.float32)
    array[:, 5] *= 30
    four_bits = Affine(bits=4, axis=0, coding=Packed())
    node, decoded = encode(Transform(four_bits, basis="hadamard"), array)
    assert isinstance(node, TransformNode)
    assert relative_mse(array, decoded, None) < 0.3 * relative_mse(array, encode(four_bits, array)[1], None)


@pytest.mark.parametrize("matrix", [Plain("bf16"), Affine(bits=8, axis=0)])
def test_a_coarsely_stored_matrix_costs_little(matrix):
    array = correlated()
    rounded, decoded = encode(Transform(ONE_STEP, matrix=matrix), array)
    exact, exact_decoded = encode(Transform(ONE_STEP, matrix=Plain("f32")), array)
    assert isinstance(rounded, TransformNode)
    assert isinstance(exact, TransformNode)
    assert relative_mse(array, decoded, None) < 1.1 * relative_mse(array, exact_decoded, None)


def test_importance_is_rotated_with_the_array():
    seen = []

    class Spy(Affine):
        def encode(self, array, /, *, importance=None, threads=1):
            seen.append(importance)
            return super().encode(array, importance=importance, threads=threads)

    array = correlated(200, 4)
    Transform(Spy(8)).encode(TypedArray.of(array))
    assert seen == [None, None]
    seen.clear()
    columns, rows = np.array([4.0, 3, 2, 1]), np.linspace(1, 2, 200)[:, np.newaxis]
    Transform(Spy(8)).encode(TypedArray.of(array), importance=columns)
    assert seen[0] is columns
    assert seen[1].shape == (4,)
    assert seen[1].sum() == pytest.approx(4, rel=1e-3)
    seen.clear()
    Transform(Spy(8)).encode(TypedArray.of(array), importance=columns * rows)
    assert seen[1].shape == (200, 4)
    assert np.allclose(seen[1] / seen[1][0], rows / rows[0])


def test_error_weights_of_rows_decide_the_basis():
    generator = np.random.default_rng(4)
    array = np.zeros((2000, 2), np.float32)
    array[:1000] = generator.standard_normal((1000, 1)) * [1, 1] + 0.01 * generator.standard_normal((1000, 2))
    array[1000:] = 3 * generator.standard_normal((1000, 1)) * [1, 0] + 0.01 * generator.standard_normal((1000, 2))
    importance = np.repeat([1.0, 0.0], 1000)[:, np.newaxis]
    node, _ = encode(Transform(ONE_STEP), array, importance)
    assert isinstance(node, TransformNode)
    first = node.matrix.decode((2, 2), NodeMemory()).storage[0].astype(np.float64)
    assert abs(first[0]) == pytest.approx(abs(first[1]), rel=0.02)


@pytest.mark.parametrize(
    "array",
    [
        np.float32(3),
        np.arange(9, dtype=np.float32),
        np.ones((7, 2), np.float32),
        np.ones((100, 2), np.int16),
        np.zeros((100, 2), np.float32),
        np.empty((0, 2), np.float32),
        np.empty((9, 0), np.float32),
        np.full((100, 2), np.nan, np.float32),
        np.full((100, 2), -np.inf, np.float16),
    ],
    ids=["0-d", "1-d", "not tall", "integers", "zeros", "no rows", "no columns", "nan", "infinity"],
)
def test_what_cannot_gain_is_left_to_the_inner_encoder(array):
    node, decoded = encode(Transform(Plain()), np.asarray(array))
    assert isinstance(node, PlainNode)
    assert same_bits(decoded, np.asarray(array))


@pytest.mark.parametrize("scale", [1e-320, 1e-200, 1e200, 1e307])
def test_doubles_of_any_magnitude(scale):
    array = correlated(400, 4).astype(np.float64) / 10 * scale
    node, decoded = encode(Transform(Plain("f64"), matrix=Plain("f64")), array)
    assert same_bits(decoded, array)
    assert isinstance(node, PlainNode)
    node, decoded = encode(Transform(Affine(8)), array)
    assert relative_mse(array, decoded, None) < 1e-3


def test_input_stays_as_it_is():
    array = correlated(300, 4)
    array.flags.writeable = False
    Transform(Affine(8)).encode(TypedArray.of(array))


def test_unknown_basis_is_refused():
    with pytest.raises(InvalidInputError, match="unknown transform 'dct'; known: klt, hadamard"):
        Transform(Plain(), basis="dct")


def test_message_and_back():
    node = TransformNode(plain(np.eye(3, dtype=np.float32)), plain(np.ones((2, 3), np.float16)))
    message = encoding_pb2.Encoding()
    node_to_message(node, message)
    assert node_from_message(encoding_pb2.Encoding.FromString(message.SerializeToString())) == node
    assert node.spelled() == "transform(plain f16, matrix plain f32)"


@pytest.mark.parametrize(
    ("matrix", "inner", "shape", "error", "message"),
    [
        (np.ones(1), np.ones(1), (), CorruptError, "not for a 0-d one"),
        (np.ones(4), np.ones(3), (3,), CorruptError, "has 4 elements, its encoding needs 9"),
        (np.ones(9), np.ones(9), (3,), CorruptError, "has 9 elements, its encoding needs 3"),
        (np.ones(9, np.bool_), np.ones(3), (3,), CorruptError, "transform matrix is bool"),
        (np.ones(9), np.ones(3, np.int64), (3,), CorruptError, "transform inner array is s64"),
        (np.ones(9), np.ones(0), (0, 1 << 30), LimitError, r"of shape \(1073741824, 1073741824\)"),
    ],
)
def test_hostile_nodes_are_refused(matrix, inner, shape, error, message):
    with pytest.raises(error, match=message):
        TransformNode(plain(matrix), plain(inner)).check(shape, Surroundings())


def test_an_alias_of_nothing_is_refused():
    alias = Alias("x").encode(TypedArray.of(np.ones(1)))
    with pytest.raises(CorruptError, match="file does not hold"):
        TransformNode(plain(np.ones(1)), alias).check((1,), Surroundings())
