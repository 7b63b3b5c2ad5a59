"""Logarithms of counts: near enough, and alike in NumPy and in numba."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qmodel.kernels.counted_bits import FRACTION_BITS, logarithms_of, table

numbers = st.lists(st.integers(0, 1 << 48) | st.integers(0, 1 << 17), min_size=1).map(
    lambda found: np.array(found, np.int64)
)


@given(numbers)
def test_logarithms_are_near_enough(found):
    wanted = np.log2(np.maximum(found, 1))
    np.testing.assert_allclose(logarithms_of(found) / 2**FRACTION_BITS, wanted, rtol=0, atol=3 / 2**FRACTION_BITS)


@settings(deadline=None)  # the first example compiles
@given(numbers)
def test_compiled_twin_finds_the_same(found):
    twin = pytest.importorskip("qmodel.kernels.compiled.counted_bits")
    assert [twin.logarithm_of(number, table()) for number in found.tolist()] == logarithms_of(found).tolist()
