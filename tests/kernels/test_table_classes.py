"""Classes of cells: the cheapest there are, alike in NumPy and in numba."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qmodel.kernels import table_classes
from qmodel.kernels.table_classes import best_intervals, merged_cells, table_cost


@st.composite
def counted(draw, most_cells=20):
    """Counts of cells, not all 0; and the weight of an element."""
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    cells, quantizers, symbols = draw(st.integers(1, most_cells)), draw(st.integers(1, 2)), draw(st.integers(1, 12))
    sizes = random.choice([0, 0.1, 1, 30, draw(st.sampled_from([100, 1e5, 1e8]))], (cells, 1, 1))
    spreads = random.uniform(0.5, 4, (cells, quantizers, 1))
    counts = random.poisson(sizes * np.exp(-np.abs(np.arange(symbols) - symbols / 2) / spreads))
    counts[0, 0, 0] += 1
    return counts, draw(st.sampled_from([1.0, 3.7]))


def in_both(function, *arguments):
    twin = pytest.importorskip("qmodel.kernels.compiled.table_classes")
    found = []
    for module in (None, twin):
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(table_classes, "compiled", lambda *_, module=module: module)
            found.append(function(*arguments))
    return found


@settings(deadline=None)  # the first example compiles
@given(counted(), st.integers(1, 16))
def test_compiled_twin_finds_the_same_intervals(case, most):
    plain, compiled = in_both(best_intervals, *case, most)
    assert plain == compiled


@settings(deadline=None)  # the first example compiles
@given(counted(), st.integers(1, 16))
def test_compiled_twin_merges_the_same_cells(case, most):
    plain, compiled = in_both(merged_cells, *case, most)
    assert plain[0] == compiled[0]
    np.testing.assert_array_equal(plain[1], compiled[1])


@given(counted(most_cells=6), st.integers(1, 6))
def test_no_other_intervals_cost_less(case, most):
    counts, weight = case
    cost, starts = best_intervals(counts, weight, most)
    costs = []
    for classes in range(1, min(most, len(counts)) + 1):
        for borders in itertools.combinations(range(1, len(counts)), classes - 1):
            ends = (*borders, len(counts))
            parts = [counts[first:end].sum(axis=0) for first, end in zip((0, *borders), ends, strict=True)]
            costs.append(sum(float(table_cost(part, weight)) for part in parts))
    assert cost == pytest.approx(min(costs))
    assert starts[0] == 0
    assert len(starts) <= most


@given(counted(), st.integers(1, 16))
def test_merged_cells_cost_what_is_said(case, most):
    counts, weight = case
    cost, classes = merged_cells(counts, weight, most)
    assert sorted(set(classes.tolist())) == list(range(classes.max() + 1))
    assert classes.max() < most
    parts = [counts[classes == number].sum(axis=0) for number in range(classes.max() + 1)]
    assert cost == pytest.approx(sum(float(table_cost(part, weight)) for part in parts))
