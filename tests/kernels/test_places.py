import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qmodel.kernels.dispatch import compiling_possible
from qmodel.kernels.places import find_places, places_of


@given(
    seed=st.integers(0, 2**32),
    count=st.integers(0, 2000),
    different=st.sampled_from([1, 2, 200]),
    dtype=st.sampled_from([np.uint8, np.uint16, np.uint32]),
    first=st.sampled_from([0, 3, 250]),
    span=st.sampled_from([0, 1, 4]),
)
@pytest.mark.skipif(not compiling_possible(), reason="numba is not installed")
def test_twins_agree(seed, count, different, dtype, first, span):
    from qmodel.kernels.compiled import places

    values = np.random.default_rng(seed).integers(0, different, count).astype(dtype)
    found = places.find_places(values, first, span)
    assert found.dtype == np.int64
    np.testing.assert_array_equal(found, find_places(values, first, span))


def test_places_are_where_the_value_is():
    values = np.array([3, 0, 7, 3], np.uint16)
    assert places_of(values, 3).tolist() == [0, 3]
    assert places_of(values, 4).tolist() == []
    assert places_of(values, 3, 7).tolist() == [0, 2, 3]
    assert places_of(values, 1, 2).tolist() == []
