"""Quantizers and values of trellis codes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from qmodel.kernels import trellis
from qmodel.kernels.convolutional_code import PARITY_CHECKS, STATE_COUNTS, transitions

codes = st.sampled_from([np.int8, np.int16, np.int32]).flatmap(
    lambda dtype: hnp.arrays(dtype, st.integers(0, 200), elements=st.integers(-128, 127))
)
run_lengths = st.integers(1, 70) | st.just(1 << 62)
state_counts = st.sampled_from(STATE_COUNTS)
steps = st.floats(2.0**-126, float(np.finfo(np.float32).max), width=32).map(np.float32)


def quantizers_one_by_one(codes, states, run_length):
    state, found = 0, []
    for place, code in enumerate(codes):
        if place % run_length == 0:
            state = 0
        found.append(state & 1)
        state = transitions(states)[state, code & 1]
    return found


@pytest.fixture
def in_numpy(monkeypatch):
    monkeypatch.setattr(trellis, "compiled", lambda *_: None)


@pytest.fixture
def in_numba(monkeypatch):
    module = pytest.importorskip("qmodel.kernels.compiled.trellis")
    monkeypatch.setattr(trellis, "compiled", lambda *_: module)


@settings(deadline=None)
@given(codes, state_counts, run_lengths)
def check_quantizers(codes, states, run_length):
    found = trellis.quantizers(codes, states, run_length)
    assert found.tolist() == quantizers_one_by_one(codes.tolist(), states, run_length)


@settings(deadline=None)
@given(codes, steps, state_counts, run_lengths)
def check_values(codes, step, states, run_length):
    values = trellis.reconstruct(codes, step, states, run_length)
    levels = 2 * codes.astype(np.int64) + np.array(quantizers_one_by_one(codes.tolist(), states, run_length), np.int64)
    with np.errstate(over="ignore", under="ignore"):
        expected = (levels.astype(np.float64) * float(step)).astype(np.float32)
    assert values.dtype == np.float32
    assert np.array_equal(values, expected)


def test_quantizers_follow_the_states_in_numpy(in_numpy):
    check_quantizers()


def test_quantizers_follow_the_states_in_numba(in_numba):
    check_quantizers()


def test_values_are_levels_times_step_in_numpy(in_numpy):
    check_values()


def test_values_are_levels_times_step_in_numba(in_numba):
    check_values()


@pytest.mark.parametrize("compiled", [False, True])
def test_runs_longer_and_shorter_than_a_slice(compiled, monkeypatch):
    module = pytest.importorskip("qmodel.kernels.compiled.trellis") if compiled else None
    monkeypatch.setattr(trellis, "compiled", lambda *_: module)
    monkeypatch.setattr(trellis, "_SLICE_ELEMENTS", 64)
    random = np.random.default_rng(0).integers(-9, 9, 1000).astype(np.int8)
    for run_length in (1, 7, 63, 64, 65, 100, 999, 1000):
        expected = quantizers_one_by_one(random.tolist(), 64, run_length)
        assert trellis.quantizers(random, 64, run_length).tolist() == expected


@pytest.mark.parametrize("states", STATE_COUNTS)
def test_every_path_satisfies_the_parity_check(states):
    """h0(D) · y0 = h1(D) · y1, from state 0: the definition of the code that the transitions implement."""
    parities = np.random.default_rng(states).integers(0, 2, 300)
    chosen = np.array(quantizers_one_by_one(parities, states, 300))
    checks = [[check >> delay & 1 for delay in range(states.bit_length())] for check in PARITY_CHECKS[states]]
    sums = [np.convolve(sequence, check) for check, sequence in zip(checks, (chosen, parities ^ chosen), strict=True)]
    assert not ((sums[0] + sums[1])[:300] % 2).any()
