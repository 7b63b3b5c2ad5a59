"""Palettes of many rows at once: each is as good as the best of its row alone."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from qmodel.kernels import row_kmeans, scalar_kmeans
from qmodel.kernels.codebook import nearest
from qmodel.kernels.row_kmeans import best_cuts, optimal_palettes


@st.composite
def weighted_rows(draw):
    shape = draw(st.integers(1, 4)), draw(st.integers(1, 12))
    values = draw(hnp.arrays(np.float64, shape, elements=st.integers(-20, 20).map(float)))
    weights = draw(st.none() | hnp.arrays(np.float64, shape, elements=st.sampled_from([0.0, 1e-30, 1.0, 2.0, 3.0])))
    return values, weights


@st.composite
def windows(draw):
    """Rows as the search sees them, and windows that leave each cell at least one value."""
    rows, cells, spare = draw(st.integers(1, 3)), draw(st.integers(1, 5)), draw(st.integers(0, 120))
    length = cells + spare
    rng = np.random.default_rng(draw(st.integers(0, 1 << 16)))
    values = np.sort(rng.integers(-50, 50, (rows, length)) / 8, axis=1)
    shares = rng.random((rows, length)) + 0.25 if draw(st.booleans()) else np.ones((1, length))
    sizes = rng.integers(cells, length + 1, (rows, 1))
    middle = np.sort(rng.random((rows, cells - 1)), axis=1) * (sizes - cells)
    cuts = middle.astype(np.int64) + np.arange(1, cells)
    lows, highs = row_kmeans._windows(cuts, sizes)
    sums = [
        np.concatenate([np.zeros((len(part), 1)), part.cumsum(axis=1)], axis=1) for part in (shares, values * shares)
    ]
    return *sums, lows, highs


@st.composite
def rows_of_a_few_kinds(draw):
    """Ascending rows of at least as many values as cells, some shorter than the array, and how many cells."""
    rows, cells, spare = draw(st.integers(1, 4)), draw(st.integers(2, 20)), draw(st.integers(0, 120))
    rng = np.random.default_rng(draw(st.integers(0, 1 << 16)))
    values = np.sort(rng.standard_t(draw(st.sampled_from([1, 3, 50])), (rows, cells + spare)), axis=1)
    sizes = rng.integers(cells, cells + spare + 1, rows)
    values = np.minimum(values, np.take_along_axis(values, sizes[:, None] - 1, 1))
    values -= values[:, :1]
    shares = rng.random(values.shape) + 0.25 if draw(st.booleans()) else np.ones((1, values.shape[1]))
    sums = [
        np.concatenate([np.zeros((len(part), 1)), part.cumsum(axis=1)], axis=1) for part in (shares, values * shares)
    ]
    return values / values[:, -1:], *sums, sizes, cells


def errors(values, weights, palettes):
    found = np.take_along_axis(palettes, nearest(values.astype(np.float64), palettes).astype(np.intp), 1)
    return ((1 if weights is None else weights) * np.square(values - found)).sum(axis=1)


@given(weighted_rows(), st.integers(1, 5))
def test_each_row_has_the_error_that_it_has_alone(case, count):
    values, weights = case
    palettes, counts, exact = optimal_palettes(values, weights, count)
    assert (np.diff(palettes, axis=1) >= 0).all()
    for row, palette in enumerate(palettes):
        own = None if weights is None else weights[row]
        alone, alone_exact = scalar_kmeans.optimal_palette(values[row], own, count)
        assert exact[row] == alone_exact
        assert counts[row] >= len(alone)
        assert (palette[counts[row] :] == palette[-1]).all()
        if alone_exact:
            assert np.array_equal(palette[: counts[row]], alone)
        best = errors(values[row : row + 1], own, alone[None])[0]
        assert errors(values[row : row + 1], own, palette[None])[0] <= best + 1e-9


@settings(deadline=None, max_examples=200)  # the first example compiles
@given(windows())
def test_compiled_twin_finds_the_same_cuts(case):
    compiled = pytest.importorskip("qmodel.kernels.compiled.row_kmeans")
    rows, cells = case[2].shape
    cuts = [np.zeros((rows, cells - 1), np.int64) for _ in range(2)]
    best_cuts(*case, cuts[0])
    compiled.best_cuts(*case, cuts[1])
    assert np.array_equal(*cuts)


@settings(deadline=None, max_examples=200)
@given(rows_of_a_few_kinds())
def test_compiled_twin_settles_at_the_same_cuts(case):
    compiled = pytest.importorskip("qmodel.kernels.compiled.row_kmeans")
    scaled, weights, totals, sizes, cells = case
    first = [np.zeros((len(scaled), cells - 1), np.int64) for _ in range(2)]
    row_kmeans.first_cuts(scaled, sizes, first[0])
    compiled.first_cuts(scaled, sizes, first[1])
    assert np.array_equal(*first)
    edges = np.concatenate([np.zeros((len(scaled), 1), np.int64), first[0], sizes[:, None]], axis=1)
    assert (np.diff(edges, axis=1) > 0).all()
    row_kmeans.settle(weights, totals, sizes, first[0])
    compiled.settle(weights, totals, sizes, first[1])
    assert np.array_equal(*first)


@pytest.mark.parametrize("bits", [2, 3, 4, 5, 6])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("tails", [3, 50])
def test_rows_are_as_good_as_the_optimum(bits, weighted, tails):
    rng = np.random.default_rng(bits)
    values = rng.standard_t(tails, (20, 384)).astype(np.float32)
    weights = rng.lognormal(0, 1, values.shape).astype(np.float32) if weighted else None
    palettes, counts, exact = optimal_palettes(values, weights, 1 << bits)
    assert (counts == 1 << bits).all()
    assert not exact.any()
    best = 0.0
    for row, ordered in enumerate(np.sort(values.astype(np.float64), axis=1)):
        order = np.argsort(values[row], kind="stable")
        shares = np.ones(384) if weights is None else weights[row][order].astype(np.float64)
        starts = scalar_kmeans.optimal_cells(shares, ordered * shares, 1 << bits)
        held = np.add.reduceat(shares, starts)
        best += (shares * np.square(ordered)).sum() - (
            np.square(np.add.reduceat(ordered * shares, starts)) / held
        ).sum()
    assert errors(values, weights, palettes).sum() < best * 1.001


def test_cells_of_weightless_values_take_no_entries():
    values = np.arange(40, dtype=np.float32).reshape(2, 20)
    weights = np.zeros((2, 20))
    weights[0, [3, 9]] = 1, 5
    palettes, counts, exact = optimal_palettes(values, weights, 4)
    assert palettes[0].tolist() == [3, 9, 9, 9]
    assert counts.tolist() == [2, 4]
    assert palettes[1].tolist() == [22, 27, 32, 37]
    assert not exact.any()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_largest_and_smallest_numbers_work(dtype):
    limits = np.finfo(dtype)
    largest = min(float(limits.max), 1e290)
    values = np.array([[largest, -largest, largest / 2, 1, 0]] * 2, dtype)
    assert optimal_palettes(values, None, 4)[0][:, [0, -1]].tolist() == [[-largest, largest]] * 2
    values = np.arange(6, dtype=dtype)[None] * dtype(limits.smallest_subnormal)
    palettes, _, _ = optimal_palettes(values, None, 3)
    assert np.allclose(palettes / float(limits.smallest_subnormal), [0.5, 2.5, 4.5], atol=0.5)
