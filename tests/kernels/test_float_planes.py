import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from qmodel.kernels import float_planes

floats = st.sampled_from([2, 4, 8]).flatmap(lambda width: hnp.arrays(f"u{width}", st.integers(0, 100)))


def test_the_exponent_is_apart_from_sign_and_mantissa():
    bits = np.array([-1.5, 0.25], np.float32).view(np.uint32)
    assert float_planes.split_planes(bits).tolist() == [[127, 125], [0xC0, 0], [0, 0], [0, 0]]
    sixteen = np.array([0xBF81], np.uint16)
    assert float_planes.split_planes(sixteen).tolist() == [[0x7F], [0x81]]
    eight = np.array([-1.5], np.float64).view(np.uint64)
    assert float_planes.split_planes(eight)[:, 0].tolist() == [0xFF, 0xB8, 0, 0, 0, 0, 0, 0]


@given(floats)
def test_merge_undoes_split(bits):
    planes = float_planes.split_planes(bits)
    assert planes.shape == (bits.itemsize, bits.size)
    merged = np.empty_like(bits)
    float_planes.merge_planes(planes, merged)
    np.testing.assert_array_equal(merged, bits)


@given(floats)
def test_compiled_twin_moves_the_same_bits(bits):
    compiled = pytest.importorskip("qmodel.kernels.compiled.float_planes")
    planes = [np.empty((bits.itemsize, bits.size), np.uint8) for _ in range(2)]
    float_planes.split_into(bits, planes[0])
    compiled.split_into(bits, planes[1])
    np.testing.assert_array_equal(*planes)
    merged = np.empty_like(bits)
    compiled.merge_into(planes[0], merged)
    np.testing.assert_array_equal(merged, bits)


@pytest.mark.parametrize("width", [2, 4, 8])
def test_large_arrays_take_the_dispatched_path(width):
    bits = np.random.default_rng(0).integers(0, 256, ((1 << 20) + 3) * width, dtype=np.uint8).view(f"u{width}")
    planes = float_planes.split_planes(bits)
    np.testing.assert_array_equal(planes[0], (bits >> float_planes.EXPONENT_PLACES[width]) & 0xFF)
    merged = np.empty_like(bits)
    float_planes.merge_planes(planes, merged)
    np.testing.assert_array_equal(merged, bits)
