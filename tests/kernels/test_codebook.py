"""Look-up in palettes, and the nearest entry."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from qmodel.kernels import codebook

finite = st.floats(-(2.0**100), 2.0**100, width=32) | st.sampled_from([0.0, -0.0, 1e-45, 1.0, 2.0, 3.0])
palettes = hnp.arrays(np.float32, st.integers(1, 80), elements=finite)
numbers = hnp.arrays(np.float32, st.integers(0, 100), elements=finite)


@st.composite
def lookups(draw):
    groups, length, count, vector = (draw(st.integers(low, 6)) for low in (1, 0, 1, 1))
    dtype = draw(st.sampled_from([np.uint8, np.uint16]))
    indices = draw(hnp.arrays(dtype, (groups, length), elements=st.integers(0, count - 1)))
    item = draw(st.sampled_from([np.bool_, np.int8, np.float16, np.float32, np.float64]))
    return indices, (np.arange(groups * count * vector) % 7).astype(item).reshape(groups, count, vector)


@given(lookups())
def test_each_index_finds_its_entry(case):
    indices, entries = case
    found = codebook.lookup(indices, entries)
    assert found.dtype == entries.dtype
    wanted = [[entries[group, index] for index in row] for group, row in enumerate(indices)]
    assert np.array_equal(found, np.array(wanted).reshape(found.shape))


@settings(deadline=None)  # the first example compiles
@given(lookups())
def test_compiled_twin_finds_the_same_entries(case):
    compiled = pytest.importorskip("qmodel.kernels.compiled.codebook")
    indices, entries = case
    bits = entries.view(f"u{entries.itemsize}")
    for name, table in (("lookup_vectors", bits), ("lookup_scalars", bits[..., 0])):
        shape = (*indices.shape, *table.shape[2:])
        outs = [np.empty(shape, table.dtype) for _ in range(2)]
        getattr(codebook, name)(indices, table, outs[0])
        getattr(compiled, name)(indices, table, outs[1])
        assert np.array_equal(*outs)


@settings(deadline=None, max_examples=50)
@given(numbers, palettes)
def test_the_nearest_entry_and_of_equals_the_first(values, entries):
    exact = [Fraction(float(entry)) for entry in entries]
    for value, index in zip(values, codebook.nearest(values, entries), strict=True):
        distances = [abs(Fraction(float(value)) - entry) for entry in exact]
        assert index == distances.index(min(distances))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_smallest_entries_are_nearest_to_themselves(dtype):
    entries = np.arange(-9, 10).astype(dtype) * np.finfo(dtype).smallest_subnormal
    for chosen in (entries, entries[::2], entries[::-1], entries[9:11], entries[8:10]):
        assert np.array_equal(chosen[codebook.nearest(chosen, chosen)], chosen)


def test_ties_go_to_the_lower_index_in_any_order():
    values = np.array([-1.5, 0.5, 1.0, 1.5, 2.5], np.float32)
    assert codebook.nearest(values, np.array([0, 1, 2, 3], np.float32)).tolist() == [0, 0, 1, 1, 2]
    assert codebook.nearest(values, np.array([3, 2, 1, 0], np.float32)).tolist() == [3, 2, 2, 1, 0]
    assert codebook.nearest(values, np.array([1, 1, 1], np.float32)).tolist() == [0] * 5


@given(st.integers(1, 4), st.data())
def test_groups_find_what_each_finds_alone(groups, data):
    values = data.draw(hnp.arrays(np.float32, (groups, data.draw(st.integers(0, 9))), elements=finite))
    entries = data.draw(hnp.arrays(np.float32, (groups, data.draw(st.integers(1, 70))), elements=finite))
    alone = [codebook.nearest(*group) for group in zip(values, entries, strict=True)]
    assert np.array_equal(codebook.nearest(values, entries), np.stack(alone))


@settings(deadline=None)  # the first example compiles
@given(st.integers(1, 3), st.data())
def test_compiled_twin_counts_the_same_limits(groups, data):
    compiled = pytest.importorskip("qmodel.kernels.compiled.codebook")
    values = data.draw(hnp.arrays(np.float32, (groups, data.draw(st.integers(0, 40))), elements=finite))
    limits = data.draw(hnp.arrays(np.float32, (groups, data.draw(st.integers(0, 80))), elements=finite))
    limits.sort(axis=1)
    counts = [np.full(values.shape, 255, np.uint8) for _ in range(3)]
    codebook.count_below(values, limits, counts[0])
    for count, function in zip(counts[1:], (compiled.compare_with_all, compiled.search), strict=True):
        function(values, limits, count)
        assert np.array_equal(counts[0], count)


@pytest.mark.parametrize("entries", [16, 1000])
def test_large_arrays_take_the_dispatched_path(entries):
    values = np.random.default_rng(0).standard_normal((1 << 20) + 3, dtype=np.float32)
    palette = np.linspace(-3, 3, entries, dtype=np.float32)
    indices = codebook.nearest(values, palette)
    found = codebook.lookup(indices.reshape(1, -1), palette.reshape(1, -1, 1)).reshape(-1)
    inside = np.abs(values) <= 3
    assert np.abs(found - values)[inside].max() <= 3.0001 / (entries - 1)
