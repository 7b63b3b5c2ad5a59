import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qmodel import dtypes
from qmodel.encodings.convert import convert
from qmodel.encodings.exact_forms import MAX_PALETTE, narrowed, palette, scaled_codes
from qmodel.typed_array import TypedArray
from tests.arrays import any_array


def normal(shape, dtype=np.float32, seed=0):
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)


@given(any_array((np.float16, np.float32, np.float64)))
def test_narrower_types_hold_every_bit(array):
    typed = TypedArray.of(array)
    found = narrowed(typed)
    assert convert(found, typed.element_type).storage.tobytes() == array.tobytes()


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (normal(9000, np.float16).astype(np.float32), dtypes.F16),
        (normal(9000, np.float16).astype(np.float64), dtypes.F16),
        (normal(9000, np.float32).astype(np.float64), dtypes.F32),
        ((normal(9000).view(np.uint32) & 0xFFFF0000).view(np.float32), dtypes.BF16),
        (np.array([1, -0.0, np.inf, 2.0**-130], np.float32), dtypes.BF16),
        (np.array([1, 2.0**-24, -np.inf, 65504], np.float32), dtypes.F16),
        (np.array([1, np.nan], np.float32), dtypes.F32),
        (normal(9000), dtypes.F32),
        (np.concatenate([normal(9000, np.float16), normal(1)]).astype(np.float32), dtypes.F32),
        (normal(9000, np.float16), dtypes.F16),
    ],
)
def test_the_narrowest_type_is_found(values, expected):
    assert narrowed(TypedArray.of(values)).element_type == expected


@given(any_array((np.float16, np.float32, np.float64), st.tuples(st.integers(0, 50))), st.integers(4, 7))
def test_palettes_give_back_every_bit(array, times):
    repeated = np.tile(array, times)
    found = palette(TypedArray.of(repeated))
    assert (found is None) == (not repeated.size)
    if found:
        assert found.entries.storage[found.indices.storage].tobytes() == repeated.tobytes()


def test_palettes_are_in_the_order_of_the_numbers():
    values = np.array([3, -1, np.inf, 0.0, -0.0, -np.inf, 2] * 4, np.float32)
    found = palette(TypedArray.of(values))
    assert found.entries.storage.tolist() == [-np.inf, -1, 0, 0, 2, 3, np.inf]
    assert np.signbit(found.entries.storage).tolist() == [True, True, True, False, False, False, False]
    assert found.indices.element_type == dtypes.unsigned(3)


def test_many_distinct_numbers_have_no_palette():
    assert palette(TypedArray.of(normal(100_000))) is None
    few = np.arange(MAX_PALETTE[4] + 1, dtype=np.float32)
    assert palette(TypedArray.of(np.tile(few, 10))) is None
    assert palette(TypedArray.of(np.tile(few[1:], 10))) is not None


@pytest.mark.parametrize(("shape", "axis"), [((16, 40), 0), ((40, 16), 1), ((8, 16, 3, 3), 1), ((3, 3, 20, 6), 3)])
@pytest.mark.parametrize("integers", [False, True])
def test_channels_of_any_axis_are_found(shape, axis, integers):
    codes = np.rint(normal(shape) * 25).astype(np.int8) if integers else normal(shape, np.float16)
    scale_shape = [length if number == axis else 1 for number, length in enumerate(shape)]
    values = codes.astype(np.float32) * np.exp(normal(scale_shape, seed=1))
    found = scaled_codes(TypedArray.of(values))
    assert found.codes.element_type == (dtypes.signed(8) if integers else dtypes.F16)
    assert found.block_shape == tuple(1 if number == axis else length for number, length in enumerate(shape))
    products = found.codes.storage.astype(np.float32) * found.scale.storage
    assert products.tobytes() == values.tobytes()


@pytest.mark.parametrize("values", [normal((20, 30)), normal(50, np.float16).astype(np.float32), normal((0, 5))])
def test_other_arrays_have_no_scaled_codes(values):
    assert scaled_codes(TypedArray.of(values)) is None


def test_one_row_that_does_not_fit_refuses_all():
    values = normal((60, 30), np.float16).astype(np.float32) * np.exp(normal((60, 1), seed=1))
    assert scaled_codes(TypedArray.of(values)) is not None
    values[33, 7] = np.nextafter(values[33, 7], np.float32(np.inf))
    assert scaled_codes(TypedArray.of(values)) is None
