import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qmodel.errors import InvalidInputError
from qmodel.kernels.selection import largest, largest_in_groups, largest_in_rows, magnitudes, nth_largest
from tests.arrays import weights


def by_sorting(scores, count):
    mask = np.zeros(scores.size, bool)
    mask[np.argsort(-scores.ravel(), kind="stable")[:count]] = True
    return mask.reshape(scores.shape)


@given(weights(dtypes=(np.float32, np.float64)), st.integers(-2, 50))
def test_the_largest_are_those_that_sorting_puts_first(array, count):
    scores = np.abs(array)
    assert np.array_equal(largest(scores, count), by_sorting(scores, max(count, 0)))


@given(weights(dtypes=(np.float32, np.float64)), st.integers(0, 12))
def test_rows_are_chosen_alone(array, count):
    scores = np.abs(array)
    found = largest_in_rows(scores, count)
    rows = zip(scores, found, strict=True) if scores.ndim > 1 else [(scores, found)]
    for row, mask in rows:
        assert np.array_equal(mask, by_sorting(row, count))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_rank_among_many_arrays(dtype):
    rng = np.random.default_rng(0)
    tiny, huge = np.finfo(dtype).smallest_subnormal, np.finfo(dtype).max
    pieces = [np.abs(rng.standard_normal((300, 300))).astype(dtype), np.zeros((0,), dtype)]
    pieces += [np.array([0, tiny, huge, np.inf], dtype), np.full(1000, dtype(1.5))]
    everything = -np.sort(-np.concatenate([piece.ravel() for piece in pieces]))
    for rank in (1, 2, 3, 1000, 9000, 9300, 50_000, everything.size - 1, everything.size):
        value, equals = nth_largest(lambda: iter(pieces), np.dtype(dtype), rank)
        assert value == everything[rank - 1]
        assert equals == rank - np.count_nonzero(everything > value)


@pytest.mark.parametrize(("n", "m"), [(1, 2), (2, 4), (5, 16), (5, 17), (20, 64)])
def test_groups_beyond_a_tile(n, m):
    scores = np.random.default_rng(m).integers(0, 5, (3, 40_000 // m * m)).astype(np.float32)
    found = largest_in_groups(scores, n, m).reshape(-1, m)
    for group, mask in zip(scores.reshape(-1, m)[::97], found[::97], strict=True):
        assert np.array_equal(mask, by_sorting(group, n))
    assert (found.sum(1) == n).all()


def test_magnitudes_of_every_kind_of_number():
    assert magnitudes(np.array([-128, 127], np.int8)).tolist() == [128, 127]
    assert magnitudes(np.array([-(2**31), 2**31 - 1], np.int32)).tolist() == [2**31, 2**31 - 1]
    assert magnitudes(np.array([True, False])).tolist() == [1, 0]
    assert magnitudes(np.array([-65504, 0], np.float16)).tolist() == [65504, 0]
    weighted = magnitudes(np.array([[-3, 0, 1e30]], np.float32), np.array([4, 1e300, 1e300]))
    assert weighted.dtype == np.float32
    assert weighted.tolist() == [[6, 0, np.inf]]
    for bad in (np.nan, np.inf):
        with pytest.raises(InvalidInputError, match="NaN or infinity cannot be pruned"):
            magnitudes(np.array([bad]))
