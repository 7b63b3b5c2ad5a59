"""The search for trellis codes: the best there are, alike in NumPy and in numba."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from qmodel.kernels import trellis, trellis_search
from qmodel.kernels.convolutional_code import STATE_COUNTS, transitions

finite = st.floats(-40, 40, width=32) | st.sampled_from([0.0, -0.0, 1.0, -3.0, 2.0**24, -(2.0**24)])


@st.composite
def searches(draw, largest_size, run_lengths):
    size = draw(st.integers(1, largest_size))
    scaled = draw(hnp.arrays(draw(st.sampled_from([np.float32, np.float64])), size, elements=finite))
    weights = draw(st.none() | hnp.arrays(np.float32, size, elements=st.floats(0, 100, width=32)))
    class_count = draw(st.integers(1, 3))
    classes = draw(st.none() | hnp.arrays(np.uint8, size, elements=st.integers(0, class_count - 1)))
    codes = draw(st.integers(1, 9))
    penalties = draw(hnp.arrays(np.float32, (class_count, 2, codes + 2), elements=st.floats(0, 3, width=32)))
    lowest = draw(st.integers(-codes, 2))
    return scaled, weights, classes, penalties, lowest, draw(st.sampled_from(STATE_COUNTS)), draw(run_lengths)


def total_cost(codes, scaled, weights, classes, penalties, lowest, states, run_length):
    codes = np.asarray(codes)
    chosen = trellis.quantizers(codes, states, run_length)
    squares = (scaled.astype(np.float64) - trellis.levels_of(codes, chosen)) ** 2
    places = np.clip(codes - lowest + 1, 0, penalties.shape[2] - 1)
    rows = np.zeros(len(codes), int) if classes is None else classes
    return (squares * (1 if weights is None else weights) + penalties[rows, chosen, places]).sum(dtype=np.float64)


@pytest.fixture
def in_numpy(monkeypatch):
    monkeypatch.setattr(trellis_search, "compiled", lambda *_: None)


@settings(deadline=None)
@given(searches(150, st.integers(1, 70)))
def test_compiled_twin_finds_the_same_codes(case):
    compiled = pytest.importorskip("qmodel.kernels.compiled.trellis_search")
    found = []
    for module in (None, compiled):
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(trellis_search, "compiled", lambda *_, module=module: module)
            found.append(trellis_search.search(*case))
    assert found[0].dtype == np.int32
    assert np.array_equal(*found)


@pytest.mark.usefixtures("in_numpy")
def test_batches_of_runs_change_nothing(monkeypatch):
    random = np.random.default_rng(3)
    scaled = random.normal(0, 4, 1000).astype(np.float32)
    case = (scaled, None, None, np.zeros((1, 2, 3), np.float32), 0, 16, 60)
    whole = trellis_search.search(*case)
    monkeypatch.setattr(trellis_search, "_BATCH_BYTES", 1)
    assert np.array_equal(trellis_search.search(*case), whole)


@settings(deadline=None, max_examples=40)
@given(searches(4, st.integers(1, 4)))
def test_no_other_codes_cost_less(case):
    scaled = np.clip(case[0], -6, 6)
    weights = None if case[1] is None else case[1] + 1
    case = (scaled, weights, *case[2:])
    best = min(total_cost(codes, *case) for codes in itertools.product(range(-5, 6), repeat=len(scaled)))
    assert total_cost(trellis_search.search(*case), *case) <= best * (1 + 1e-5) + 1e-5


@pytest.mark.parametrize("states", STATE_COUNTS)
def test_edges_are_those_of_the_code(states):
    """A walk over the numbered states meets the quantizers and parities that the code's own states have."""
    edges, half, following = trellis_search.edge_subsets(states), states // 2, transitions(states)
    numbered = state = 0
    for bit in np.random.default_rng(states).integers(0, 2, 500):
        origin, from_high = numbered % half, numbered // half
        subset = edges[origin] ^ bit ^ from_high
        assert subset >> 1 == state & 1
        numbered, state = 2 * origin + bit, following[state, subset & 1]


# Decibels below the error of a scalar quantizer: 1.53 is Shannon's bound, and Marcellin and Fischer (1990) have 0.99
# with 4 states and 1.33 with 256.
GAINS = (0.995, 1.084, 1.153, 1.217, 1.263, 1.305, 1.338, 1.362, 1.382, 1.400)


@pytest.mark.parametrize(("states", "expected"), list(zip(STATE_COUNTS, GAINS, strict=True)))
def test_more_states_err_less(states, expected):
    scaled = np.random.default_rng(0).uniform(-100, 100, 40000)
    codes = trellis_search.search(scaled, None, None, np.zeros((1, 2, 3), np.float32), 0, states, 4000)
    error = np.square(scaled - trellis.levels_of(codes, trellis.quantizers(codes, states, 4000))).mean()
    assert 10 * np.log10(1 / 3 / error) > expected - 0.05
