import copy
import pickle

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given

from qmodel import dtypes
from qmodel.errors import InvalidInputError, UnsupportedError
from qmodel.typed_array import TypedArray
from tests.arrays import any_array, same_bits


@pytest.mark.parametrize("name", ["f32", "bf16", "u1", "u32", "u64", "s1", "s7", "s64", "bool", "f4e2m1", "e8m0"])
def test_name_of_parsed_type_is_the_name(name):
    assert dtypes.parse(name).name == name


@pytest.mark.parametrize("element_type", [dtypes.F32, dtypes.BF16, dtypes.unsigned(7), dtypes.signed(64), dtypes.BOOL])
def test_there_is_one_object_for_each_type(element_type):
    for same in (
        dtypes.parse(element_type.name),
        copy.deepcopy(element_type),
        pickle.loads(pickle.dumps(element_type)),
    ):
        assert same is element_type


@pytest.mark.parametrize("name", ["", "f31", "u0", "u33", "s65", "s04", "int8", "F32", "u-1"])
def test_unknown_names_are_refused(name):
    with pytest.raises(InvalidInputError):
        dtypes.parse(name)


@pytest.mark.parametrize(("name", "low", "high"), [("u3", 0, 7), ("s3", -4, 3), ("s1", -1, 0), ("u64", 0, 2**64 - 1)])
def test_range_of_integers(name, low, high):
    element_type = dtypes.parse(name)
    assert (element_type.minimum, element_type.maximum) == (low, high)
    assert np.iinfo(element_type.storage).min <= low
    assert np.iinfo(element_type.storage).max >= high


@given(any_array())
def test_storage_keeps_every_bit(array):
    typed = TypedArray.of(array)
    assert typed.storage.dtype == typed.element_type.storage
    assert same_bits(typed.to_numpy(), array)


@pytest.mark.parametrize("dtype", [object, "U3", "S3", np.complex64, np.longdouble, "M8[s]", [("a", "f4")]])
def test_dtypes_without_element_type_are_refused(dtype):
    with pytest.raises(InvalidInputError, match="cannot be stored"):
        dtypes.from_numpy(np.zeros(2, dtype))


@pytest.mark.parametrize(
    ("name", "dtype"),
    [
        ("f6e2m3", "float6_e2m3fn"),
        ("f6e3m2", "float6_e3m2fn"),
        ("f4e2m1", "float4_e2m1fn"),
        ("e8m0", "float8_e8m0fnu"),
    ],
)
def test_small_floats_are_arrays_of_ml_dtypes(name, dtype):
    if not hasattr(ml_dtypes, dtype):
        pytest.skip(f"this ml_dtypes has no {dtype}")
    element_type = dtypes.parse(name)
    typed = TypedArray(element_type, np.arange(1 << element_type.bits).astype(np.uint8))
    array = typed.to_numpy()
    assert array.dtype.name == dtype
    back = TypedArray.of(array)
    assert back.element_type == element_type
    assert same_bits(back.storage, typed.storage)


def test_ml_dtypes_without_the_type_names_the_extra(monkeypatch):
    monkeypatch.delattr(ml_dtypes, "float4_e2m1fn", raising=False)
    typed = TypedArray(dtypes.F4E2M1, np.zeros(2, np.uint8))
    with pytest.raises(UnsupportedError, match=r"NumPy has no f4e2m1: install"):
        typed.to_numpy()


def test_missing_ml_dtypes_names_the_extra(monkeypatch):
    typed = TypedArray.of(np.zeros(2, ml_dtypes.bfloat16))
    monkeypatch.setitem(__import__("sys").modules, "ml_dtypes", None)
    with pytest.raises(UnsupportedError, match=r"qmodel-format\[ml-dtypes\]"):
        typed.to_numpy()


@pytest.mark.parametrize("element_type", [dtypes.F8E4M3FNUZ, dtypes.F8E5M2FNUZ])
def test_types_of_networks_alone(element_type):
    assert pickle.loads(pickle.dumps(element_type)) is element_type
    dtype = np.dtype(getattr(ml_dtypes, element_type.name.replace("f8", "float8_")))
    assert dtypes.element_type_of_value(dtype) is element_type
    with pytest.raises(InvalidInputError, match="cannot be stored"):
        dtypes.from_numpy(np.ones(2, dtype))
    with pytest.raises(InvalidInputError, match="unknown element type"):
        dtypes.parse(element_type.name)


def test_text_has_no_element_type():
    with pytest.raises(InvalidInputError, match="no element type"):
        dtypes.element_type_of_value(np.dtype("U3"))
