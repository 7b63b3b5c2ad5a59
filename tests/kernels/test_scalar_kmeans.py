"""Palettes of numbers are optimal: beside exhaustive search, and beside published figures."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from qmodel.kernels import scalar_kmeans
from qmodel.kernels.codebook import nearest
from qmodel.kernels.scalar_kmeans import conditional_means, next_layer, optimal_cells, optimal_palette

numbers = hnp.arrays(np.float64, st.integers(1, 9), elements=st.integers(-20, 20).map(float))


def error(values, weights, palette):
    found = palette[nearest(values.astype(np.float64), palette)]
    return float((weights * np.square(values - found)).sum())


def smallest_error(values, weights, count):
    """Of all ways to cut the sorted values into intervals."""
    order = np.argsort(values)
    values, weights = values[order], weights[order]
    best = np.inf
    for cuts in combinations(range(1, len(values)), min(count, len(values)) - 1):
        total = 0.0
        for part, share in zip(np.split(values, cuts), np.split(weights, cuts), strict=True):
            mean = (part * share).sum() / max(share.sum(), 1e-300)
            total += (share * np.square(part - mean)).sum()
        best = min(best, total)
    return best


@given(numbers, st.integers(1, 5), st.data())
def test_no_other_palette_has_a_smaller_error(values, count, data):
    weights = data.draw(st.none() | hnp.arrays(np.float64, values.shape, elements=st.integers(0, 4).map(float)))
    palette, exact = optimal_palette(values, weights, count)
    assert len(palette) <= count
    assert (np.diff(palette) > 0).all()
    assert exact == (len(np.unique(values)) <= count)
    shares = np.ones(values.shape) if weights is None else weights
    assert error(values, shares, palette) <= smallest_error(values, shares, count) + 1e-9


@pytest.mark.parametrize(("bits", "published"), [(1, 0.3634), (2, 0.1175), (3, 0.03454), (4, 0.009497), (5, 0.002499)])
@pytest.mark.parametrize("weighted", [False, True])
def test_normal_numbers_reach_the_error_of_max(bits, published, weighted):
    """Max 1960, "Quantizing for minimum distortion", table I. Weights at random change nothing."""
    rng = np.random.default_rng(bits)
    values = rng.standard_normal(200_000, dtype=np.float32)
    weights = rng.random(values.size, dtype=np.float32) if weighted else None
    palette, exact = optimal_palette(values, weights, 2**bits)
    assert not exact
    assert error(values, 1.0, palette) / error(values, 1.0, np.zeros(1)) == pytest.approx(published, rel=0.02)


@pytest.mark.parametrize("count", [16, 64])
def test_exact_iterations_have_nothing_left_to_gain(count):
    values = np.random.default_rng(count).standard_t(6, 400_000).astype(np.float32)
    palette, _ = optimal_palette(values, None, count)
    ordered = np.sort(values).astype(np.float64)
    further = palette
    for _ in range(300):
        cells = np.split(ordered, np.searchsorted(ordered, (further[:-1] + further[1:]) / 2))
        further = np.array([cell.mean() for cell in cells])
    assert error(values, 1.0, palette) < error(values, 1.0, further) * (1 + 5e-5)


@pytest.mark.parametrize("seed", range(4))
def test_outliers_get_as_many_entries_as_they_should(seed):
    rng = np.random.default_rng(seed)
    values = np.sort(rng.standard_normal(20_000))
    values[:: len(values) // 20] *= 20 * rng.random(len(values[:: len(values) // 20]))
    values.sort()
    starts = optimal_cells(np.ones(values.size), values, 16)
    best = np.array([cell.mean() for cell in np.split(values, starts[1:])])
    palette, _ = optimal_palette(values.astype(np.float32), None, 16)
    assert error(values, 1.0, palette) < error(values, 1.0, best) * (1 + 1e-3)


def test_weights_of_any_size():
    rng = np.random.default_rng(0)
    values = rng.standard_normal(50_000, dtype=np.float32)
    weights = 10.0 ** rng.integers(-30, 30, values.size)
    palette, _ = optimal_palette(values, weights, 64)
    assert np.isfinite(palette).all()
    assert values.min() <= palette[0]
    assert palette[-1] <= values.max()


@pytest.mark.parametrize("count", [4, 64, 600])
def test_binned_palettes_are_as_good_as_those_of_sorted_values(count, monkeypatch):
    values = np.random.default_rng(0).standard_t(5, 150_000).astype(np.float32)
    binned, _ = optimal_palette(values, None, count)
    monkeypatch.setattr(scalar_kmeans, "_WORTH_BINNING", 1 << 40)
    of_runs, _ = optimal_palette(values, None, count)
    assert error(values, 1.0, binned) == pytest.approx(error(values, 1.0, of_runs), rel=0.01)


@pytest.mark.parametrize("outlier", [1e3, 1e6])
def test_outliers_do_not_spoil_the_rest(outlier):
    values = np.random.default_rng(0).standard_normal(100_000, dtype=np.float32)
    values[7], values[8] = outlier, -outlier
    palette, _ = optimal_palette(values, None, 18)
    bulk = np.abs(values) < 10
    assert error(values[bulk], 1.0, palette) / bulk.sum() < 0.0105


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_largest_and_smallest_numbers_work(dtype):
    limits = np.finfo(dtype)
    largest = min(float(limits.max), 1e290)
    values = np.resize(np.array([largest, -largest, largest / 2, 1, 0], dtype), 100_000)
    assert optimal_palette(values, None, 4)[0][[0, -1]].tolist() == [-largest, largest]
    values = np.resize(np.arange(6, dtype=dtype) * dtype(limits.smallest_subnormal), 100_000)
    palette, _ = optimal_palette(values, None, 3)
    assert np.allclose(palette / float(limits.smallest_subnormal), [0.5, 2.5, 4.5], atol=0.5)


def test_numbers_far_from_zero_keep_their_digits():
    values = (1000 + np.random.default_rng(0).standard_normal(100_000) / 1024).astype(np.float32)
    palette, _ = optimal_palette(values, None, 16)
    deviation = values.astype(np.float64) - values.mean(dtype=np.float64)
    assert error(values, 1.0, palette) < 0.012 * np.square(deviation).sum()


@settings(deadline=None)  # the first example compiles
@given(hnp.arrays(np.float64, st.integers(1, 70), elements=st.floats(-1, 1)), st.integers(1, 4), st.data())
def test_compiled_twin_has_the_same_layers(values, layers, data):
    compiled = pytest.importorskip("qmodel.kernels.compiled.scalar_kmeans")
    weights = data.draw(hnp.arrays(np.float64, values.shape, elements=st.floats(0.125, 3)))
    sums = [np.concatenate([[0.0], np.cumsum(part)]) for part in (weights, np.sort(values) * weights)]
    gain = np.zeros(len(values) + 1)
    gain[1:] = np.square(sums[1][1:]) / sums[0][1:]
    for _ in range(layers):
        starts = [np.zeros(len(gain), np.int32) for _ in range(2)]
        mine, theirs = next_layer(gain, *sums, starts[0]), compiled.next_layer(gain, *sums, starts[1])
        assert np.array_equal(mine, theirs)
        assert np.array_equal(*starts)
        gain = mine


def test_means_of_cells():
    values, indices = np.array([1, 2, 6, 8], np.float32), np.array([0, 0, 2, 2], np.uint8)
    entries = np.array([5.0, 6.0, 7.0])
    assert conditional_means(values, None, indices, entries).tolist() == [1.5, 6.0, 7.0]
    weights = np.array([0, 0, 1, 3], np.float32)
    assert conditional_means(values, weights, indices, entries).tolist() == [5.0, 6.0, 7.5]
