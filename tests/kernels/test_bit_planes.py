import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from qmodel.kernels import bit_planes


@st.composite
def codes(draw):
    bits = draw(st.integers(1, 64))
    width = next(width for width in (1, 2, 4, 8) if 8 * width >= bits)
    count = 8 * draw(st.integers(0, 20))
    return bits, draw(hnp.arrays(f"u{width}", count, elements=st.integers(0, (1 << bits) - 1)))


def test_planes_begin_with_the_lowest_bits():
    values = np.array([1, 2, 3, 0, 0, 0, 0, 2], np.uint8)
    assert bit_planes.split_planes(values, 2).tolist() == [[0b00000101], [0b10000110]]


def test_higher_bits_are_dropped():
    assert bit_planes.split_planes(np.full(8, 0xFC, np.uint8), 2).tolist() == [[0], [0]]


@given(codes())
def test_merge_undoes_split(case):
    bits, values = case
    planes = bit_planes.split_planes(values, bits)
    assert planes.shape == (bits, values.size // 8)
    merged = np.ones_like(values)
    bit_planes.merge_planes(planes, merged)
    np.testing.assert_array_equal(merged, values)


@given(codes())
def test_compiled_twin_moves_the_same_bits(case):
    compiled = pytest.importorskip("qmodel.kernels.compiled.bit_planes")
    bits, values = case
    planes = [np.empty((bits, values.size // 8), np.uint8) for _ in range(2)]
    bit_planes.split_into(values, planes[0])
    compiled.split_into(values, planes[1])
    np.testing.assert_array_equal(*planes)
    merged = np.ones_like(values)
    compiled.merge_into(planes[0], merged)
    np.testing.assert_array_equal(merged, values)


@pytest.mark.parametrize(("bits", "dtype"), [(3, np.uint8), (19, np.uint32)])
def test_large_arrays_take_the_dispatched_path(bits, dtype):
    values = np.random.default_rng(0).integers(0, 1 << bits, 1 << 20, dtype=dtype)
    planes = bit_planes.split_planes(values, bits)
    np.testing.assert_array_equal(planes[bits - 1], np.packbits(values >> (bits - 1) == 1, bitorder="little"))
    merged = np.empty_like(values)
    bit_planes.merge_planes(planes, merged)
    np.testing.assert_array_equal(merged, values)
