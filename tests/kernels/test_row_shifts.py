import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from qmodel.kernels.row_shifts import Shifts, shifted


@st.composite
def parts_of_matrices(draw):
    bits = draw(st.integers(1, 32))
    rows, columns = draw(st.integers(1, 6)), draw(st.integers(1, 9))
    start = draw(st.integers(0, rows * columns))
    count = draw(st.integers(0, rows * columns - start))
    dtype = next(f"u{held // 8}" for held in (8, 16, 32) if held >= bits)
    numbers = draw(st.lists(st.integers(0, (1 << bits) - 1), min_size=count, max_size=count))
    shifts = [
        np.array(draw(st.lists(st.integers(-(1 << 15), (1 << 15) - 1), min_size=n, max_size=n)), np.int16)
        for n in (rows, columns)
    ]
    return np.array(numbers, dtype), bits, Shifts(*shifts), start


@given(parts_of_matrices())
def test_every_element_gets_the_shifts_of_its_row_and_column(part):
    values, bits, shifts, start = part
    found = shifted(values, bits, shifts, start=start)
    assert found.dtype == values.dtype
    expected = []
    for place, value in enumerate(values.tolist(), start):
        row, column = divmod(place, shifts.columns.size)
        expected.append((value + int(shifts.rows[row]) + int(shifts.columns[column])) % (1 << bits))
    assert found.tolist() == expected


@given(parts_of_matrices())
def test_negative_shifts_bring_the_values_back(part):
    values, bits, shifts, start = part
    wide = Shifts(shifts.rows.astype(np.int32), shifts.columns.astype(np.int32))
    there = shifted(values, bits, -wide, start=start)
    np.testing.assert_array_equal(shifted(there, bits, wide, start=start), values)
