import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from qmodel.errors import InvalidInputError
from qmodel.quality import error
from qmodel.quality.error import ErrorSums

NUMBERS = hnp.arrays(np.float64, st.integers(1, 40), elements=st.floats(-1e6, 1e6, allow_subnormal=False))


def test_sums_of_a_case_by_hand():
    sums = ErrorSums().add(np.array([3.0, 4.0]), np.array([3.0, 2.0]))
    assert sums == ErrorSums(
        squared_error=4.0, squared_reference=25.0, squared_decoded=13.0, max_abs_error=2.0, count=2
    )
    assert sums.relative_mse == 0.16
    assert sums.sqnr_db == pytest.approx(7.9588, abs=1e-4)
    assert sums.cosine == pytest.approx((9 + 8) / (5 * math.sqrt(13)))


@given(NUMBERS, st.data())
def test_sums_are_those_of_the_definition(reference, data):
    decoded = data.draw(hnp.arrays(np.float64, reference.shape, elements=st.floats(-1e6, 1e6)))
    sums = ErrorSums().add(reference, decoded)
    assert sums.squared_error == pytest.approx(math.fsum((reference - decoded) ** 2))
    assert sums.squared_reference == pytest.approx(math.fsum(reference**2))
    assert sums.max_abs_error == np.abs(reference - decoded).max()
    assert sums.count == reference.size


@given(NUMBERS, st.integers(0, 40))
def test_pieces_merge_into_the_whole(reference, cut):
    decoded = np.round(reference)
    whole = ErrorSums().add(reference, decoded)
    merged = ErrorSums().add(reference[:cut], decoded[:cut]).merge(ErrorSums().add(reference[cut:], decoded[cut:]))
    assert merged.squared_error == pytest.approx(whole.squared_error)
    assert merged.squared_reference == pytest.approx(whole.squared_reference)
    assert (merged.max_abs_error, merged.count) == (whole.max_abs_error, whole.count)


@pytest.mark.parametrize("layout", [lambda a: a, lambda a: a.T, lambda a: a[::-1, ::2], lambda a: a.astype(">f4")])
def test_any_layout_over_several_chunks(monkeypatch, layout):
    monkeypatch.setattr(error, "_CHUNK_ELEMENTS", 64)
    values = np.random.default_rng(0).standard_normal((30, 40)).astype(np.float32)
    reference, decoded = layout(values), layout(values) + np.float32(0.5)
    sums = ErrorSums().add(reference, decoded)
    assert sums.count == reference.size
    assert sums.squared_error == pytest.approx(0.25 * reference.size, rel=1e-5)
    assert sums.squared_reference == pytest.approx(float(np.square(reference, dtype=np.float64).sum()), rel=1e-12)


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", "i1", "u8", "bool"])
def test_equal_arrays_have_no_error(dtype):
    values = np.arange(5).astype(dtype)
    sums = ErrorSums().add(values, values)
    assert (sums.relative_mse, sums.sqnr_db, sums.cosine, sums.max_abs_error) == (0.0, math.inf, 1.0, 0.0)


def test_unsigned_differences_do_not_wrap():
    sums = ErrorSums().add(np.array([0], np.uint8), np.array([255], np.uint8))
    assert sums.max_abs_error == 255.0


def test_equal_numbers_that_are_not_finite_are_no_error():
    special = np.array([np.nan, np.inf, -np.inf, 1.0])
    sums = ErrorSums().add(special, special)
    assert sums == ErrorSums(squared_reference=1.0, squared_decoded=1.0, count=4)
    assert sums.sqnr_db == math.inf


@pytest.mark.parametrize(
    ("reference", "decoded"),
    [(1.0, np.nan), (1.0, np.inf), (np.inf, -np.inf), (np.inf, 1.0), (np.nan, 1.0), (np.nan, np.inf)],
)
def test_other_numbers_that_are_not_finite_are_an_infinite_error(reference, decoded):
    sums = ErrorSums().add(np.array([2.0, reference]), np.array([2.0, decoded]))
    assert (sums.relative_mse, sums.sqnr_db, sums.max_abs_error) == (math.inf, -math.inf, math.inf)
    assert math.isnan(sums.cosine)
    assert math.isfinite(sums.squared_reference)


def test_any_error_against_zero_is_infinite():
    sums = ErrorSums().add(np.zeros(2), np.array([0.0, 1e-3]))
    assert (sums.relative_mse, sums.sqnr_db) == (math.inf, -math.inf)
    assert math.isnan(sums.cosine)


@pytest.mark.parametrize("shape", [(0,), (3, 0)])
def test_empty_arrays_add_nothing(shape):
    assert ErrorSums().add(np.zeros(shape), np.zeros(shape)) == ErrorSums()


def test_one_number():
    assert ErrorSums().add(np.array(1.0), np.array(3.0)).squared_error == 4.0


def test_bfloat16_is_measured():
    ml_dtypes = pytest.importorskip("ml_dtypes")
    values = np.array([1.0, 2.0], ml_dtypes.bfloat16)
    assert ErrorSums().add(np.array([1.0, 2.5], np.float32), values).squared_error == 0.25


def test_arrays_that_do_not_fit_are_refused():
    with pytest.raises(InvalidInputError, match=r"\(2,\).*\(3,\)"):
        ErrorSums().add(np.zeros(2), np.zeros(3))
    with pytest.raises(InvalidInputError, match="complex128"):
        ErrorSums().add(np.zeros(2, complex), np.zeros(2))
