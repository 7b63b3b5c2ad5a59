import numpy as np
import pytest
from hypothesis import given

from qmodel import dtypes
from qmodel.encodings.convert import convert
from qmodel.quality.difference import value_difference
from qmodel.typed_array import TypedArray
from tests.arrays import any_array


def typed(values, dtype):
    return TypedArray.of(np.array(values, dtype))


@given(any_array())
def test_an_array_equals_itself_to_the_bit(array):
    found = value_difference(TypedArray.of(array), TypedArray.of(array.copy()))
    assert found.same
    assert (found.errors.relative_mse, found.errors.max_abs_error, found.errors.count) == (0, 0, array.size)


def test_errors_are_those_of_the_second_against_the_first():
    found = value_difference(typed([3, 4], "f4"), typed([3, 5], "f4"))
    assert not found.same
    assert found.errors.relative_mse == 1 / 25
    assert found.errors.max_abs_error == 1
    assert value_difference(typed([3, 5], "f4"), typed([3, 4], "f4")).errors.relative_mse == 1 / 34


def test_the_sign_of_zero_and_the_bits_of_nan_count_in_one_type():
    for first, second in (([0.0], [-0.0]), ([np.nan], [-np.nan])):
        found = value_difference(typed(first, "f4"), typed(second, "f4"))
        assert not found.same
        assert found.errors.max_abs_error == 0


@pytest.mark.parametrize("name", ["f64", "f16", "bf16", "f8e4m3", "f4e2m1"])
def test_two_float_types_are_compared_as_numbers(name):
    exact = typed([1.0, -1.5, 0.5], "f4")
    found = value_difference(exact, convert(exact, dtypes.parse(name)))
    assert found.same
    assert found.errors.max_abs_error == 0
    different = value_difference(typed([1.0, -1.5, 0.75], "f4"), convert(exact, dtypes.parse(name)))
    assert not different.same
    assert different.errors.max_abs_error == 0.25


def test_numbers_of_two_types_may_be_nan_in_both():
    assert value_difference(typed([np.nan, 1], "f4"), typed([np.nan, 1], "f8")).same


def test_wide_integers_are_compared_exactly():
    big = 2**53
    assert value_difference(typed([big], "i8"), typed([big], "u8")).same
    assert not value_difference(typed([big], "i8"), typed([big + 1], "u8")).same
    assert not value_difference(typed([big], "i8"), typed([big + 1], "i8")).same
    assert not value_difference(typed([-1], "i8"), typed([2**64 - 1], "u8")).same


def test_different_shapes_have_no_errors():
    found = value_difference(typed([[1, 2]], "f4"), typed([1, 2], "f4"))
    assert not found.same
    assert found.errors is None


def test_empty_and_scalar_arrays():
    for shape in ((), (0,), (2, 0)):
        assert value_difference(typed(np.zeros(shape), "f4"), typed(np.zeros(shape), "f8")).same


def test_a_signalling_nan_equals_itself():
    array = TypedArray.of(np.array(0x7D01, np.uint16).view(np.float16))
    found = value_difference(array, array)
    assert found.same
    assert found.errors.max_abs_error == 0
