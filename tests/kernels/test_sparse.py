import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from qmodel.kernels.sparse import (
    expand_bitmap,
    expand_gaps,
    expand_groups,
    gaps_fit,
    gaps_of,
    kept_values,
    places_ascend,
    places_of,
)


@given(hnp.arrays(np.bool_, st.integers(0, 300)), st.sampled_from([np.uint8, np.uint16, np.uint32, np.uint64]))
def test_patterns_take_apart_and_put_together(bitmap, dtype):
    whole = np.arange(1, bitmap.size + 1).astype(dtype)
    kept = kept_values(bitmap, whole)
    wanted = np.where(bitmap, whole, dtype(0))
    assert np.array_equal(kept, whole[bitmap])
    assert np.array_equal(expand_bitmap(bitmap, kept), wanted)
    gaps = gaps_of(bitmap)
    assert gaps.dtype.kind == "u"
    assert gaps_fit(gaps, bitmap.size)
    assert np.array_equal(expand_gaps(gaps, kept, bitmap.size), wanted)


@pytest.mark.parametrize(("n", "m"), [(1, 2), (2, 4), (3, 7), (16, 32), (33, 64)])
def test_groups_take_apart_and_put_together_beyond_a_tile(n, m):
    groups = 150_000 // m
    order = np.argsort(np.random.default_rng(m).random((groups, m)), axis=1)
    bitmap = (order < n).reshape(-1)
    places = places_of(bitmap, m)
    assert places_ascend(places, n, m)
    values = np.arange(1, places.size + 1, dtype=np.uint32)
    expanded = expand_groups(places, values, n, m)
    assert np.array_equal(expanded != 0, bitmap)
    assert np.array_equal(expanded[bitmap], values)


def test_gaps_across_empty_tiles():
    bitmap = np.zeros(400_000, np.bool_)
    bitmap[[3, 65_535, 65_536, 399_999]] = True
    assert gaps_of(bitmap).tolist() == [3, 65_531, 0, 334_462]
    assert gaps_of(bitmap).dtype == np.uint32


@pytest.mark.parametrize(
    ("gaps", "size", "fits"),
    [
        ([0], 1, True),
        ([1], 1, False),
        ([0, 0, 0], 3, True),
        ([0, 0, 0], 2, False),
        ([2**60 - 1], 2**60, True),
        ([2**60 - 1, 0], 2**60, False),
        ([2**57 - 1] * 8, 2**60, True),
        ([2**57 - 1] * 7 + [2**57], 2**60, False),
        ([2**60 - 1] * 16, 2**60, False),
        ([2**60 - 1] * 17, 2**60, False),
        ([2**64 - 1, 0], 2**60, False),
    ],
)
def test_gaps_fit_whatever_their_sum(gaps, size, fits):
    assert gaps_fit(np.array(gaps, np.uint64), size) == fits
