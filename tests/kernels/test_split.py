import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qmodel.kernels import split
from qmodel.kernels.bitpack import pack
from qmodel.kernels.row_shifts import Shifts

FLOAT_BITS = (8, 16, 32, 64)


@st.composite
def partitions(draw):
    """The width of a float, and that of its leading bits and of each plane."""
    float_bits = draw(st.sampled_from(FLOAT_BITS))
    parts, left = [], float_bits
    while left:
        least = 1 if parts else max(1, left - 7 * 32)
        most = min(32, left - (0 if parts else 1))
        parts.append(draw(st.integers(least, most)))
        left -= parts[-1]
    return float_bits, parts[0], tuple(parts[1:])


def floats_of(data, float_bits):
    numbers = data.draw(st.lists(st.integers(0, (1 << float_bits) - 1), max_size=40))
    return np.array(numbers, f"u{float_bits // 8}")


def part_by_definition(number, leading_bits, widths):
    float_bits = leading_bits + sum(widths)
    sign, below = number >> (float_bits - 1), number & ((1 << (float_bits - 1)) - 1)
    rest_bits = sum(widths) - 1
    rest, planes = sign << rest_bits | below & ((1 << rest_bits) - 1), []
    for width in widths:
        planes.append(rest & ((1 << width) - 1))
        rest >>= width
    return below >> rest_bits, planes


@given(st.data(), partitions())
def test_parts_are_those_defined_and_come_back(data, partition):
    float_bits, leading_bits, widths = partition
    bits = floats_of(data, float_bits)
    leading, planes = split.take_apart(bits, leading_bits, widths)
    expected = [part_by_definition(number, leading_bits, widths) for number in bits.tolist()]
    assert leading.tolist() == [first for first, _ in expected]
    assert [list(parts) for parts in zip(*planes, strict=True)] == [rest for _, rest in expected]
    out = np.empty_like(bits)
    split.put_together(leading, planes, widths, out)
    np.testing.assert_array_equal(out, bits)


@settings(deadline=None)  # the first example compiles
@given(st.data(), partitions())
def test_compiled_twin_makes_the_same_parts(data, partition):
    compiled = pytest.importorskip("qmodel.kernels.compiled.split")
    float_bits, leading_bits, widths = partition
    bits = floats_of(data, float_bits)
    leading, planes = split.take_apart(bits, leading_bits, widths)
    other_leading, other_planes = np.empty_like(leading), tuple(map(np.empty_like, planes))
    compiled.take_apart_into(bits, leading_bits, widths, other_leading, other_planes)
    np.testing.assert_array_equal(other_leading, leading)
    for other, plane in zip(other_planes, planes, strict=True):
        np.testing.assert_array_equal(other, plane)


@settings(deadline=None)  # the first example compiles
@given(st.data(), st.sampled_from([(8, 4, (4,)), (16, 10, (6,)), (16, 8, (8,)), (32, 10, (16, 6)), (64, 12, (32, 20))]))
def test_compiled_twin_puts_the_same_together(data, partition):
    compiled = pytest.importorskip("qmodel.kernels.compiled.split")
    float_bits, leading_bits, widths = partition
    bits = floats_of(data, float_bits)
    leading, planes = split.take_apart(bits, leading_bits, widths)
    packed = data.draw(st.booleans()) and widths[-1] <= split.MOST_PACKED_BITS
    if packed:
        planes = (*planes[:-1], pack(planes[-1], widths[-1]))
    shifts, start = data.draw(st.none() | row_shifts(bits.size)) or (None, 0)
    expected, out = np.empty_like(bits), np.empty_like(bits)
    split.put_together_into(leading, planes, widths, packed, shifts, start, expected)
    compiled.put_together_into(leading, planes, widths, packed, shifts, start, out)
    np.testing.assert_array_equal(out, expected)
    if shifts is None:
        np.testing.assert_array_equal(out, bits)


@st.composite
def row_shifts(draw, count):
    """Shifts of a matrix, and where in it so many elements begin."""
    columns, start = draw(st.integers(1, 12)), draw(st.integers(0, 30))
    rows = (start + count) // columns + 1
    amounts = [draw(st.lists(st.integers(-128, 127), min_size=n, max_size=n)) for n in (rows, columns)]
    return Shifts(*(np.array(part, np.int8) for part in amounts)), start


@pytest.mark.parametrize(("dtype", "leading_bits", "widths"), [("u2", 10, (6,)), ("u4", 8, (16, 8))])
def test_large_arrays_take_the_dispatched_path(dtype, leading_bits, widths):
    bits = (np.arange((1 << 20) + 3, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15) >> np.uint64(20)).astype(dtype)
    leading, planes = split.take_apart(bits, leading_bits, widths)
    assert [plane.dtype for plane in planes] == [split.held_dtype(width) for width in widths]
    out = np.empty_like(bits)
    split.put_together(leading, planes, widths, out)
    np.testing.assert_array_equal(out, bits)
