import ml_dtypes
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import qmodel
from qmodel import dtypes
from qmodel.buffers import Packed
from qmodel.encodings import NodeMemory, Plain, Surroundings
from qmodel.encodings.convert import convert, convertible, widen
from qmodel.errors import InvalidInputError
from qmodel.typed_array import TypedArray
from tests.arrays import INTEGERS, any_array, rearranged, same_bits, weights

CODINGS = (None, Packed(), Packed("zstd"))


def round_trip(encoder, array):
    node = encoder.encode(TypedArray.of(array))
    node.check(array.shape, Surroundings())
    decoded = node.decode(array.shape, NodeMemory())
    assert decoded.element_type == node.result_type(Surroundings())
    return decoded.to_numpy()


@given(st.data())
def test_every_bit_comes_back_from_any_layout(data):
    array = data.draw(any_array())
    given_array = data.draw(rearranged(array))
    assert same_bits(round_trip(Plain(coding=data.draw(st.sampled_from(CODINGS))), given_array), array)


@given(any_array(dtypes=(np.float16, np.float32, np.float64, np.int16, np.uint32, np.int64)))
def test_byte_shuffle_changes_no_bit(array):
    assert same_bits(round_trip(Plain(coding=Packed("zstd", "byte_shuffle")), array), array)


@given(weights(dtypes=(np.float32, np.float64)), st.sampled_from(["f16", "bf16", "f32"]))
def test_narrower_floats_are_rounded_once_to_nearest_even(array, name):
    numpy_type = {"f16": np.float16, "bf16": ml_dtypes.bfloat16, "f32": np.float32}[name]
    # ml_dtypes rounds float64 to bfloat16 by way of float32, which may round twice: only float32 is an oracle.
    array = array.astype(np.float32) if name == "bf16" else array
    assert same_bits(round_trip(Plain(name), array), array.astype(numpy_type))


@given(any_array(dtypes=INTEGERS), st.sampled_from([f"{letter}{bits}" for letter in "us" for bits in range(1, 33)]))
def test_integers_fit_a_width_exactly_or_are_refused(array, name):
    wanted = dtypes.parse(name)
    fits = not array.size or (wanted.minimum <= int(array.min()) and int(array.max()) <= wanted.maximum)
    if fits:
        assert np.array_equal(round_trip(Plain(name), array), array)
    else:
        with pytest.raises(InvalidInputError, match=f"do not fit {name}"):
            Plain(name).encode(TypedArray.of(array))


@pytest.mark.parametrize(("value", "name"), [(70000.0, "f16"), (3.4e38, "f16"), (1e39, "f32"), (1e300, "bf16")])
def test_overflow_is_refused_and_infinity_is_not(value, name):
    with pytest.raises(InvalidInputError, match=f"too large for {name}; add a rule"):
        Plain(name).encode(TypedArray.of(np.array([np.inf, value, np.nan])))
    with pytest.raises(InvalidInputError, match=f"too large for {name}; add a rule"):
        Plain(name).encode(TypedArray.of(np.array([1.0, -value])))
    kept = round_trip(Plain(name), np.array([np.inf, -np.inf, np.nan]))
    assert np.array_equal(kept.astype(float), [np.inf, -np.inf, np.nan], equal_nan=True)


SMALL_FLOATS = ("f8e4m3", "f8e5m2", "f6e2m3", "f6e3m2", "f4e2m1", "e8m0")


@given(st.data())
@pytest.mark.parametrize("name", SMALL_FLOATS)
def test_small_floats_come_back_to_the_bit(name, data):
    element_type = dtypes.parse(name)
    shape = data.draw(hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=9))
    bits = data.draw(hnp.arrays(np.uint8, shape, elements=st.integers(0, (1 << element_type.bits) - 1)))
    node = Plain(name, coding=data.draw(st.sampled_from(CODINGS))).encode(TypedArray(element_type, bits))
    node.check(shape, Surroundings())
    decoded = node.decode(shape, NodeMemory())
    assert decoded.element_type == element_type
    assert same_bits(decoded.storage, bits)


@given(data=st.data())
@pytest.mark.parametrize("name", SMALL_FLOATS)
def test_values_of_a_small_float_are_exact_in_it_from_any_float(name, data):
    element_type = dtypes.parse(name)
    bits = data.draw(hnp.arrays(np.uint8, 5, elements=st.integers(0, (1 << element_type.bits) - 1)))
    numbers = TypedArray(element_type, bits)
    wide = convert(numbers, data.draw(st.sampled_from((dtypes.F64, dtypes.F32, dtypes.BF16))))
    decoded = Plain(name).encode(wide).decode((5,), NodeMemory())
    assert decoded.element_type == element_type
    np.testing.assert_array_equal(widen(decoded), widen(numbers))


@pytest.mark.parametrize("name", SMALL_FLOATS)
def test_small_floats_refuse_what_they_do_not_hold(name):
    for value in (1e39, -1e39):
        with pytest.raises(InvalidInputError, match=f"too large for {name}|no negative"):
            Plain(name).encode(TypedArray.of(np.array([1.0, value])))
    if name != "f8e5m2":
        with pytest.raises(InvalidInputError, match=f"infinity cannot be stored as {name}"):
            Plain(name).encode(TypedArray.of(np.array([1.0, np.inf], np.float32)))
    if name.startswith(("f6", "f4")):
        with pytest.raises(InvalidInputError, match=f"NaN cannot be stored as {name}"):
            Plain(name).encode(TypedArray.of(np.array([1.0, np.nan], np.float16)))


def test_converting_to_a_small_float_saturates_when_asked():
    values = TypedArray.of(np.array([1e9, -np.inf, 0.3], np.float32))
    assert widen(convert(values, dtypes.F4E2M1, saturate=True)).tolist() == [6.0, -6.0, 0.5]


@pytest.mark.parametrize("name", SMALL_FLOATS)
@pytest.mark.parametrize("tensor_type", ["f64", "f32", "f16", "bf16"])
def test_files_may_hold_tensors_of_small_floats_and_in_small_floats(name, tensor_type, tmp_path):
    numbers = np.array([1.0, 2.0, 4.0])
    wide = convert(TypedArray.of(numbers), dtypes.parse(tensor_type))
    small = convert(wide, dtypes.parse(name))
    qmodel.save({"wide": wide, "small": small}, tmp_path / "f.qmodel", recipe=Plain(name))
    with qmodel.open(tmp_path / "f.qmodel") as reader:
        assert reader.tensor("wide").element_type == wide.element_type
        assert same_bits(reader.tensor("wide").storage, wide.storage)
        assert reader.tensor("small").element_type == small.element_type
        assert same_bits(reader.tensor("small").storage, small.storage)


@pytest.mark.parametrize(
    ("array", "name"), [(np.ones(3, np.int8), "f32"), (np.ones(3), "s8"), (np.ones(3, bool), "u1")]
)
def test_kinds_are_not_mixed(array, name):
    with pytest.raises(InvalidInputError, match="cannot be stored as"):
        Plain(name).encode(TypedArray.of(array))


def test_what_a_file_may_imply():
    assert convertible(dtypes.F16, dtypes.F32)
    assert convertible(dtypes.F32, dtypes.BF16)
    assert convertible(dtypes.unsigned(4), dtypes.signed(8))
    assert not convertible(dtypes.signed(4), dtypes.unsigned(8))
    assert not convertible(dtypes.signed(8), dtypes.signed(4))
    assert not convertible(dtypes.signed(8), dtypes.F32)
    assert not convertible(dtypes.BOOL, dtypes.unsigned(1))
    assert convertible(dtypes.E8M0, dtypes.F16)
    assert not convertible(dtypes.F32, dtypes.F8E4M3)
    assert not convertible(dtypes.F4E2M1, dtypes.F8E4M3)
