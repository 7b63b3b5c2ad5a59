from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qmodel.errors import InvalidInputError
from qmodel.recipes.allocation import ALLOCATIONS, AllocatedError, TensorPower
from qmodel.recipes.goals import ErrorGoal, SizeGoal
from qmodel.recipes.quality import GREATEST_ERROR, LEAST_ERROR, balanced_error
from qmodel.recipes.solve import Search

TENSORS = [TensorPower(1000, 10.0, 0.5), TensorPower(100_000, 50.0, 0.2), TensorPower(300, 0.01, 0.02)]
MOST_TRIALS = 16


@dataclass(frozen=True)
class Model:
    """A model whose files are as large, and as wrong, as expected: but for a factor, a rest and a jump."""

    allocated: AllocatedError
    factor: float = 1.0
    rest: int = 0
    jump: float = -1e9
    jump_bytes: int = 0

    def outcome(self, quality):
        setting = np.log2(quality.relative_mse or quality.step)
        size = self.factor * self.allocated.bits(setting) / 8 + self.rest + self.jump_bytes * (setting < self.jump)
        return Outcome(int(size), self.factor * self.allocated.relative_mse(setting))


@dataclass(frozen=True)
class Outcome:
    output_bytes: int
    relative_mse: float


def solved(goal, model):
    """What the search finds, what it kept, and how many trials it took."""
    outcomes, kept = [], []

    def attempt(quality):
        outcomes.append(model.outcome(quality))
        return outcomes[-1]

    found = Search(goal, model.allocated, attempt, lambda: kept.append(outcomes[-1])).run()
    assert kept[-1] is found
    return found, len(outcomes)


@pytest.mark.parametrize("allocation", ALLOCATIONS)
@given(bits=st.floats(1.5, 12), factor=st.floats(0.7, 1.4), rest=st.integers(0, 20_000))
def test_a_size_is_met_from_below(allocation, bits, factor, rest):
    wanted = int(101_300 * bits / 8) + rest
    found, trials = solved(SizeGoal(wanted, 0), Model(AllocatedError(allocation, TENSORS), factor, rest))
    assert 0.99 * wanted <= found.output_bytes <= wanted
    assert trials <= 8


@pytest.mark.parametrize("allocation", ALLOCATIONS)
@given(exponent=st.floats(-18, -2), factor=st.floats(0.5, 1.5))
def test_an_error_is_met(allocation, exponent, factor):
    wanted = 2.0**exponent
    found, trials = solved(ErrorGoal(wanted), Model(AllocatedError(allocation, TENSORS), factor))
    assert found.relative_mse == pytest.approx(wanted, rel=0.01)
    assert trials <= 8


@given(jump=st.floats(-12, -4), jump_bytes=st.integers(2000, 20_000), part=st.floats(0.02, 0.98))
def test_where_a_size_jumps_it_stays_below(jump, jump_bytes, part):
    allocated = AllocatedError("tensor", TENSORS)
    model = Model(allocated, jump=jump, jump_bytes=jump_bytes)
    below = allocated.bits(jump) / 8
    wanted = int(below + part * jump_bytes)
    found, trials = solved(SizeGoal(wanted, 0), model)
    assert 0.99 * below - 2 <= found.output_bytes <= wanted
    assert trials <= MOST_TRIALS


@pytest.mark.parametrize("allocation", ALLOCATIONS)
def test_what_is_out_of_reach_is_found_in_few_trials(allocation):
    model = Model(AllocatedError(allocation, TENSORS), rest=1000)
    for wanted, message in ((500, "the smallest has 2,"), (10**7, "the largest has")):
        with pytest.raises(InvalidInputError, match=message):
            solved(SizeGoal(wanted, 0), model)
    with pytest.raises(InvalidInputError, match="the least is"):
        solved(ErrorGoal(1e-15), model)


def test_no_error_is_no_reason_to_refuse():
    found, trials = solved(ErrorGoal(0.1), Model(AllocatedError("tensor", TENSORS), factor=0.0))
    assert found.relative_mse == 0
    assert trials <= MOST_TRIALS


@given(relative_mse=st.floats(1e-6, 0.9), ratio=st.floats(1e-3, 1e6))
def test_a_balanced_error_is_in_proportion_to_the_number_of_values(relative_mse, ratio):
    error = float(balanced_error(relative_mse, np.array(ratio)))
    assert LEAST_ERROR <= error <= GREATEST_ERROR
    if LEAST_ERROR < error < GREATEST_ERROR:
        expected = ratio * relative_mse / (1 - relative_mse) ** 2
        assert error / (1 - error) ** 2 == pytest.approx(expected, rel=1e-6)


@given(bits=st.floats(1.5, 10))
def test_balanced_errors_have_the_least_noise_to_signal_at_their_bits(bits):
    """Moving bits from one tensor to another makes the sum of D / (1 − D) larger."""
    counts = np.array([1000.0, 100_000.0])
    errors = balanced_error(4.0**-bits, counts / 1000)
    least = (errors / (1 - errors)).sum()
    for moved in (-100.0, 100.0):
        others = errors * 4.0 ** (np.array([moved, -moved]) / counts)
        assert (others / (1 - others)).sum() >= least or errors.min() <= LEAST_ERROR
