import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qmodel.encodings import NodeMemory, RowScaled, Surroundings, Uniform
from qmodel.encodings.node_size import node_file_bytes
from qmodel.encodings.weighted_error import relative_mse
from qmodel.errors import InvalidInputError
from qmodel.typed_array import TypedArray
from tests.arrays import weights

GENERATOR = np.random.default_rng(3)
GAUSSIAN = GENERATOR.standard_normal((64, 96)).astype(np.float32)
ROWS_OF_MANY_SIZES = GAUSSIAN * np.exp2(np.arange(64) % 9).astype(np.float32)[:, None]


def decoded(encoder, array):
    node = encoder.encode(TypedArray.of(array))
    node.check(array.shape, Surroundings())
    return node.decode(array.shape, NodeMemory()).storage


@pytest.mark.parametrize("wanted", [1e-7, 1e-4, 1e-2, 0.1, 0.5])
@pytest.mark.parametrize("scale", [1.0, 1e-20, 1e15])
def test_the_error_is_what_was_asked_for(wanted, scale):
    array = (GAUSSIAN * scale).astype(np.float64)
    assert relative_mse(array, decoded(Uniform(relative_mse=wanted), array), None) == pytest.approx(wanted, rel=0.01)


@given(weights(dtypes=(np.float32, np.float64)), st.sampled_from([2.0**-4, 0.3, 7.0]))
def test_each_value_is_its_nearest_multiple_of_the_step(array, step):
    result = decoded(Uniform(step=step), array)
    assert result.shape == array.shape
    bound = np.float64(step) / 2 + np.abs(array.astype(np.float64)) * 2.0**-22
    assert (np.abs(result.astype(np.float64) - array) <= bound).all()


@pytest.mark.parametrize(
    "array", [np.zeros((3, 4), np.float32), np.zeros((0, 4), np.float32), np.float32(0).reshape(())]
)
@pytest.mark.parametrize("encoder", [Uniform(), RowScaled(Uniform())])
def test_nothing_and_zeros_are_exact(array, encoder):
    np.testing.assert_array_equal(decoded(encoder, array), array)


def test_rows_have_the_same_relative_error():
    result = decoded(RowScaled(Uniform(relative_mse=0.01)), ROWS_OF_MANY_SIZES)
    errors = [relative_mse(row, found, None) for row, found in zip(ROWS_OF_MANY_SIZES, result, strict=True)]
    assert max(errors) < 0.02
    without = decoded(Uniform(relative_mse=0.01), ROWS_OF_MANY_SIZES)
    assert relative_mse(ROWS_OF_MANY_SIZES[0], without[0], None) > 0.5


def test_rows_may_be_of_any_axis():
    result = decoded(RowScaled(Uniform(relative_mse=0.01), axis=-1), ROWS_OF_MANY_SIZES.T.copy())
    assert relative_mse(ROWS_OF_MANY_SIZES[0], result[:, 0], None) < 0.02


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("encoder", [Uniform(), RowScaled(Uniform())])
def test_what_is_not_finite_is_refused(bad, encoder):
    array = GAUSSIAN.copy()
    array[3, 4] = bad
    with pytest.raises(InvalidInputError, match=r"NaN|infinite"):
        decoded(encoder, array)


@pytest.mark.parametrize(
    "options", [{"relative_mse": 0.1, "step": 1.0}, {"relative_mse": 0}, {"relative_mse": 1}, {"step": -1}, {"step": 0}]
)
def test_options_out_of_range_are_refused(options):
    with pytest.raises(InvalidInputError):
        Uniform(**options)


def test_a_step_too_small_for_the_values_is_refused():
    with pytest.raises(InvalidInputError, match="too small"):
        decoded(Uniform(step=1e-9), GAUSSIAN)


def test_integers_are_refused():
    for encoder in (Uniform(), RowScaled(Uniform())):
        with pytest.raises(InvalidInputError, match="s32"):
            encoder.encode(TypedArray.of(np.arange(4, dtype=np.int32)))


@pytest.mark.parametrize(("step", "middle"), [(0.1, None), (2.0**-9, 0x80), (2.0**-17, 0x808080)])
def test_codes_of_several_bytes_are_around_the_middle_of_each(step, middle):
    array = TypedArray.of(GENERATOR.laplace(size=(200, 100)).astype(np.float32))
    node = Uniform(step=step).encode(array)
    zero_point = node.zero_point and int(node.zero_point.decode((), NodeMemory()).storage)
    assert zero_point == middle
    values = node.decode(array.shape, NodeMemory()).storage
    np.testing.assert_array_equal(values, np.rint(array.storage / np.float32(step)) * np.float32(step))


def test_a_zero_point_that_does_not_pay_is_left_out():
    few = TypedArray.of(np.array([[300.0, 1.0], [0.0, 2.0]], np.float32))
    assert Uniform(step=1.0).encode(few).zero_point is None


def test_sizes_do_not_jump_where_codes_need_another_byte():
    heavy = TypedArray.of(GENERATOR.laplace(size=(300, 200)).astype(np.float32))
    largest = float(np.abs(heavy.storage).max())
    below, above = (node_file_bytes(Uniform(step=largest / codes).encode(heavy)) for codes in (126, 130))
    assert above < 1.02 * below
