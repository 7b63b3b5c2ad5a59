import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from qmodel.kernels.common_scale import float16_times_scale, integers_times_scale

HALVES = st.floats(-65504, 65504, width=16)
SCALES = st.floats(2**-6, 2**6, width=32)


def products(codes, scales):
    with np.errstate(over="ignore", under="ignore"):
        return codes.astype(np.float32) * scales


def same_bits(left, right):
    return np.array_equal(left.view(np.uint32), right.view(np.uint32))


@st.composite
def scaled_rows(draw):
    shape = draw(st.tuples(st.integers(1, 4), st.integers(1, 40)))
    codes = draw(hnp.arrays(np.float16, shape, elements=HALVES))
    scales = draw(hnp.arrays(np.float32, (shape[0], 1), elements=SCALES))
    return products(codes, scales)


@given(scaled_rows())
def test_what_is_found_gives_back_every_bit(rows):
    found = float16_times_scale(rows)
    if found is None:
        return
    codes, scales = found
    assert (codes.dtype, codes.shape) == (np.float16, rows.shape)
    assert (scales.dtype, scales.shape) == (np.float32, (len(rows), 1))
    assert same_bits(products(codes, scales), rows)


@given(hnp.arrays(np.uint32, st.tuples(st.integers(1, 3), st.integers(1, 20))))
def test_any_bits_are_given_back_or_refused(bits):
    rows = bits.view(np.float32)
    if found := float16_times_scale(rows):
        assert same_bits(products(*found), rows)


@pytest.mark.parametrize("spread", [2.0**-12, 1.0, 2.0**4])
def test_weights_of_half_precision_are_found_behind_any_factor(spread):
    generator = np.random.default_rng(3)
    codes = (generator.standard_normal((300, 100)) * spread).astype(np.float16)
    rows = products(codes, generator.uniform(0.01, 3, (300, 1)).astype(np.float32))
    found = float16_times_scale(rows)
    assert found is not None
    assert same_bits(products(*found), rows)


def test_zeros_and_their_signs_are_kept():
    codes = np.array([[0.0, -0.0, 1.5, -3.25, 0.1, 7, 9, 11], [0.0, -0.0, 0.0, -0.0, 0.0, 0.0, 0.0, 0.0]], np.float16)
    rows = products(codes, np.array([[0.7], [1]], np.float32))
    found = float16_times_scale(rows)
    assert found is not None
    assert same_bits(products(*found), rows)


def test_rows_may_share_a_factor_by_chance():
    codes = 3 * np.arange(1, 65, dtype=np.float16)[None]
    rows = products(codes, np.float32([[0.3]]))
    assert float16_times_scale(rows) is not None


def test_random_mantissas_have_no_common_scale():
    assert float16_times_scale(np.random.default_rng(4).standard_normal((3, 9)).astype(np.float32)) is None


@pytest.mark.parametrize("other", [np.nan, np.inf])
def test_what_is_no_number_has_no_scale(other):
    assert float16_times_scale(np.array([[1, 2, other, 3]], np.float32)) is None


def test_integers_are_recognised():
    integers = np.random.default_rng(5).integers(-127, 128, (4, 50))
    scales = np.array([[0.013], [0.2], [3], [1e-3]], np.float32)
    rows = products(integers, scales)
    found = integers_times_scale(*float16_times_scale(rows))
    assert found is not None
    codes, factors = found
    assert codes.dtype == np.int8
    assert same_bits(products(codes, factors), rows)


def test_codes_with_more_bits_or_a_negative_zero_are_no_integers():
    one = np.ones((1, 1), np.float32)
    assert integers_times_scale(np.array([[1, 2.0**-11]], np.float16), one) is None
    assert integers_times_scale(np.array([[1, -0.0]], np.float16), one) is None
    assert integers_times_scale(np.array([[0.5, -511.5]], np.float16), one)[0].tolist() == [[1, -1023]]
