import subprocess
import sys
import types

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qmodel import dtypes
from qmodel.adapters.arrays import checked_names, typed_array
from qmodel.errors import InvalidInputError
from qmodel.typed_array import TypedArray


class WithArray:
    """As a JAX array: nothing but `__array__`."""

    def __init__(self, array):
        self.array = array

    def __array__(self, dtype=None, copy=None):
        return self.array


class WithDlpack:
    def __init__(self, array):
        self.array = array

    def __dlpack__(self, **options):
        return self.array.__dlpack__(**options)

    def __dlpack_device__(self):
        return self.array.__dlpack_device__()


class Unreadable:
    def __array__(self, dtype=None, copy=None):
        raise TypeError("implicit conversion is not allowed")


NUMPY_DTYPES = ["bool", "u1", "u2", "u4", "u8", "i1", "i2", "i4", "i8", "f2", "f4", "f8"]


@pytest.mark.parametrize("dtype", [*NUMPY_DTYPES, ">i4", ">f4", ">f8"])
@pytest.mark.parametrize("shape", [(), (0,), (2, 3), (3, 0, 2)])
def test_numpy_arrays(dtype, shape):
    array = np.ones(shape, dtype)
    typed = typed_array(array, name="w")
    assert typed.element_type.storage == np.dtype(dtype).newbyteorder("=")
    assert typed.storage.dtype.isnative
    assert typed.shape == shape
    np.testing.assert_array_equal(typed.storage, array)


def test_contiguous_memory_is_shared_and_other_memory_copied():
    array = np.arange(6.0).reshape(2, 3)
    assert np.shares_memory(typed_array(array, name="w").storage, array)
    transposed = typed_array(array.T, name="w").storage
    assert transposed.flags.c_contiguous
    np.testing.assert_array_equal(transposed, array.T)


@pytest.mark.parametrize(
    ("value", "element_type"),
    [
        (1.5, dtypes.F64),
        (True, dtypes.BOOL),
        (7, dtypes.signed(64)),
        ([[1, 2], [3, 4]], dtypes.signed(64)),
        ((0.5, 1), dtypes.F64),
        (np.float16(2), dtypes.F16),
    ],
)
def test_python_and_numpy_numbers(value, element_type):
    typed = typed_array(value, name="w")
    assert typed.element_type == element_type
    assert typed.storage.tolist() == (list(value) if isinstance(value, tuple) else value)


@pytest.mark.parametrize(
    ("name", "element_type", "one"),
    [
        ("bfloat16", "bf16", 0x3F80),
        ("float8_e4m3fn", "f8e4m3", 0x38),
        ("float8_e5m2", "f8e5m2", 0x3C),
        ("int4", "s4", 1),
    ],
)
def test_ml_dtypes(name, element_type, one):
    ml_dtypes = pytest.importorskip("ml_dtypes")
    typed = typed_array(np.ones((2, 3), getattr(ml_dtypes, name)).T, name="w")
    assert typed.element_type == dtypes.parse(element_type)
    assert typed.storage.dtype == typed.element_type.storage
    assert typed.storage.tolist() == [[one, one]] * 3


@pytest.mark.parametrize("wrapper", [WithArray, WithDlpack])
def test_other_frameworks(wrapper):
    array = np.arange(6, dtype=np.float32).reshape(2, 3)
    typed = typed_array(wrapper(array), name="w")
    assert typed.element_type == dtypes.F32
    np.testing.assert_array_equal(typed.storage, array)


def test_typed_arrays_pass_unchanged():
    typed = TypedArray(dtypes.BF16, np.zeros(3, np.uint16))
    assert typed_array(typed, name="w") is typed


def test_typed_arrays_check_their_storage():
    with pytest.raises(InvalidInputError, match="float32"):
        TypedArray(dtypes.BF16, np.zeros(3, np.float32))
    with pytest.raises(InvalidInputError, match="contiguous"):
        TypedArray(dtypes.F32, np.zeros((3, 4), np.float32).T)


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (np.array([object()]), "object"),
        (np.array(["a"]), "<U1"),
        (np.array([b"a"]), "S1"),
        (np.zeros(2, np.complex64), "complex64"),
        (np.zeros(2, "M8[s]"), "datetime64"),
        (np.zeros(2, "m8[s]"), "timedelta64"),
        (np.zeros(2, [("a", "f4")]), "'a'"),
        ([[1, 2], [3]], "list"),
        ([1, "a"], "<U21"),
        ([None], "object"),
        ("text", "str"),
        (None, "NoneType"),
        ({"a": 1}, "dict"),
        (1j, "complex"),
        (np.ma.masked_array([1, 2], [True, False]), "masked"),
        (Unreadable(), "implicit conversion is not allowed"),
    ],
)
def test_what_is_no_array_of_real_numbers_is_refused_by_name(value, found):
    with pytest.raises(InvalidInputError, match=r"tensor 'layer\.w'") as caught:
        typed_array(value, name="layer.w")
    assert found in str(caught.value)


@pytest.mark.skipif(np.dtype(np.longdouble).itemsize == 8, reason="longdouble is float64 here")
def test_longdouble_is_refused():
    with pytest.raises(InvalidInputError, match=r"'w'.*float"):
        typed_array(np.zeros(2, np.longdouble), name="w")


def test_sparse_arrays_are_refused_by_name():
    sparse_class = type("csr_matrix", (), {"__module__": "scipy.sparse._csr"})
    with pytest.raises(InvalidInputError, match=r"'w'.*scipy\.sparse.*todense"):
        typed_array(sparse_class(), name="w")


def test_a_module_that_only_looks_like_torch_is_no_hindrance(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", types.ModuleType("torch"))
    assert typed_array(1.0, name="w").element_type == dtypes.F64


def test_no_framework_is_imported():
    code = "import sys, qmodel.adapters.arrays; sys.exit(any(m in sys.modules for m in ('torch', 'jax', 'ml_dtypes')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20), min_size=1, unique=True))
def test_any_other_text_is_a_name(names):
    assert checked_names(names) == names
    assert checked_names(dict.fromkeys(names)) == names


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ([], "no tensors"),
        (["a", ""], "empty name"),
        (["a", 3], "int 3"),
        (["\ud800x"], "surrogate"),
        (["a", "b", "a"], "two tensors named 'a'"),
        (["é" * 513], "1026 bytes"),
    ],
)
def test_bad_names_are_refused(names, message):
    with pytest.raises(InvalidInputError, match=message):
        checked_names(names)


def test_the_longest_name_passes():
    assert checked_names(["é" * 512]) == ["é" * 512]
