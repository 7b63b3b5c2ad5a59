"""Palettes of vectors."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from qmodel.kernels.vector_kmeans import assign, good_palette, nearest_vectors

numbers = st.floats(-1, 1, width=32)


@settings(deadline=None)  # the first example compiles
@given(st.integers(0, 40), st.integers(1, 8), st.integers(1, 40), st.booleans(), st.data())
def test_compiled_twin_finds_the_same_entries(count, length, entries, weighted, data):
    compiled = pytest.importorskip("qmodel.kernels.compiled.vector_kmeans")
    vectors = data.draw(hnp.arrays(np.float32, (count, length), elements=numbers))
    columns = data.draw(hnp.arrays(np.float32, (length, entries), elements=numbers))
    shape = (count if weighted else 1, length)
    weights = data.draw(hnp.arrays(np.float32, shape, elements=st.floats(0, 4, width=32)))
    found = [(np.empty(count, np.uint16), np.empty(count, np.float32)) for _ in range(2)]
    assign(vectors, weights, columns, *found[0])
    compiled.assign(vectors, weights, columns, *found[1])
    assert np.array_equal(found[0][0], found[1][0])
    assert np.array_equal(found[0][1], found[1][1])


@given(hnp.arrays(np.float32, (9, 3), elements=numbers), hnp.arrays(np.float32, (5, 3), elements=numbers))
def test_the_nearest_entry(vectors, entries):
    indices = nearest_vectors(vectors, None, entries)
    distances = np.square(vectors[:, np.newaxis].astype(np.float64) - entries).sum(axis=2)
    assert np.allclose(distances[np.arange(9), indices], distances.min(axis=1), rtol=1e-5, atol=1e-12)


@pytest.mark.parametrize("scale", [1e-40, 1.0, 1e38])
def test_clusters_are_found_at_any_scale(scale):
    rng = np.random.default_rng(0)
    centres = rng.uniform(-1, 1, (20, 4))
    vectors = (np.repeat(centres, 50, axis=0) + rng.normal(0, 1e-4, (1000, 4))) * scale
    palette, exact = good_palette(vectors.astype(np.float32), None, 20)
    assert not exact
    apart = np.abs(palette[np.newaxis] / scale - centres[:, np.newaxis]).max(axis=2).min(axis=1)
    assert (apart < 1e-3).all()
    indices = nearest_vectors(vectors.astype(np.float32), None, palette.astype(np.float32))
    assert (np.diff(indices.reshape(20, 50), axis=1) == 0).all()
