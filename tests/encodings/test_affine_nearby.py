"""Scales that are stored coarsely: what is tried instead of them, and that it is never worse."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from qmodel.encodings import Affine, Codebook, NodeMemory, Plain
from qmodel.encodings.affine_grid import AffineGrid
from qmodel.encodings.affine_scales import stored
from qmodel.typed_array import TypedArray

COARSE = [
    Affine(bits=4),
    Affine(bits=5),
    Affine(bits=4, block=8),
    Affine(bits=4, block=8, symmetric=False),
    Affine(bits=4, symmetric=False, zero_point=Plain("f16")),
    Affine(bits=2, block=4, scale=Affine(bits=4, block=4)),
    Affine(bits=1, block=4),
    Plain("e8m0"),
    Plain("f8e4m3"),
    Codebook(entries=8),
]
NUMBERS = hnp.arrays(np.float32, (5, 12), elements=st.floats(-8, 8, width=16))


@given(NUMBERS, st.sampled_from([encoder for encoder in COARSE if isinstance(encoder, Affine)]))
def test_neighbours_on_a_grid_are_stored_exactly(numbers, encoder):
    node, first = stored(encoder, numbers)
    grid = AffineGrid.of(node, first)
    neighbours = grid.neighbours(numbers.reshape(-1), *(array.reshape(-1) for array in grid.numbers))
    neighbours = neighbours.reshape(-1, *numbers.shape)
    np.testing.assert_array_equal(neighbours[0], first)
    for found in neighbours:
        decoded = grid.node_of(found, None).decode(found.shape, NodeMemory()).to_numpy()
        np.testing.assert_array_equal(decoded, found)
        assert np.abs(found).max() <= np.abs(first).max()


@pytest.mark.parametrize("encoder", [encoder for encoder in COARSE if encoder != Plain("f8e4m3")])
@pytest.mark.parametrize("options", [{}, {"symmetric": False}, {"symmetric": False, "zero_point": Affine(bits=4)}])
@settings(max_examples=15, deadline=None)
@given(hnp.arrays(np.float32, (6, 8), elements=st.floats(-1, 1, width=16)), st.sampled_from([1e-20, 1.0, 1e25]))
def test_no_array_decodes_to_something_worse_than_zeros(encoder, options, array, unit):
    array = array * np.float32(unit)
    node = Affine(bits=3, block=4, scale=encoder, **options).encode(TypedArray.of(array))
    decoded = node.decode(array.shape, NodeMemory()).to_numpy().astype(np.float64)
    assert np.isfinite(decoded).all()
    assert np.square(decoded - array).sum() <= np.square(array, dtype=np.float64).sum() * 1.01


@pytest.mark.parametrize("encoder", [Plain("f16"), Affine(codes=Plain("f8e4m3"))])
def test_only_integer_codes_make_a_grid(encoder):
    node, first = stored(encoder, np.ones((2, 3), np.float32))
    assert AffineGrid.of(node, first) is None


@pytest.mark.parametrize("encoder", COARSE)
@pytest.mark.parametrize("options", [{}, {"symmetric": False}, {"symmetric": False, "zero_point": Affine(bits=4)}])
def test_looking_nearby_never_raises_the_error(monkeypatch, encoder, options):
    rng = np.random.default_rng(3)
    magnitudes = np.exp(1.5 * rng.standard_normal((64, 8, 1)))
    array = (rng.standard_normal((64, 8, 16)) * magnitudes).astype(np.float32).reshape(64, 128)

    def error():
        node = Affine(bits=3, block=16, scale=encoder, **options).encode(TypedArray.of(array))
        decoded = node.decode(array.shape, NodeMemory()).to_numpy()
        return np.square(decoded - array, dtype=np.float64).sum()

    nearby = error()
    monkeypatch.setattr(
        "qmodel.encodings.affine_integers.stored_where_best",
        lambda encoder, wanted, importance, choose: stored(encoder, wanted, importance),
    )
    assert nearby <= error() * (1 - 1e-4 * isinstance(encoder, Affine))
