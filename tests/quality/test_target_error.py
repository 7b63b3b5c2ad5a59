import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from qmodel.errors import InvalidInputError
from qmodel.quality.target_error import TargetSums

NUMBERS = st.floats(-1000, 1000, width=32)


def measured(targets, output, cuts=()):
    sums = TargetSums()
    for some, others in zip(np.split(targets, cuts), np.split(output, cuts), strict=True):
        if len(some):
            sums.add(some, others)
    return sums.result()


def r2_by_definition(targets, output):
    """The mean over the elements of a sample, as scikit-learn's r2_score has it."""
    targets, output = (array.reshape(len(array), -1).astype(float) for array in (targets, output))
    scores = []
    for wanted, found in zip(targets.T, output.T, strict=True):
        residual, around_mean = np.sum((wanted - found) ** 2), np.sum((wanted - np.mean(wanted)) ** 2)
        scores.append(1 - residual / around_mean if around_mean else float(residual == 0))
    return np.mean(scores)


@st.composite
def pairs(draw):
    shape = draw(array_shapes(min_dims=1, max_dims=3, min_side=1, max_side=6))
    found = draw(arrays(np.float32, shape, elements=NUMBERS))
    wanted = draw(arrays(np.float64, shape, elements=st.integers(-50, 50)))
    cuts = sorted(draw(st.lists(st.integers(0, shape[0]), max_size=3)))
    return wanted, found, cuts


@given(pairs())
def test_measures_are_those_of_the_whole(pair):
    wanted, found, cuts = pair
    result = measured(wanted, found, cuts)
    error = wanted - found
    assert result.mse == pytest.approx(np.mean(error**2))
    assert result.mae == pytest.approx(np.mean(np.abs(error)))
    assert result.max_abs_error == np.abs(error).max()
    if len(wanted) == 1:
        assert math.isnan(result.r2)
    elif np.all(np.ptp(wanted.reshape(len(wanted), -1), axis=0) > 0):
        assert result.r2 == pytest.approx(r2_by_definition(wanted, found), rel=1e-9, abs=1e-9)


def test_targets_that_never_change():
    constant = np.full((6, 2), 3.0)
    assert measured(constant, constant, [2]).r2 == 1
    assert measured(constant, constant + np.array([0, 1]), [2]).r2 == 0.5


@pytest.mark.parametrize(("targets", "output"), [((5,), (5, 1)), ((5, 1), (5,)), ((5,), (5, 1, 1))])
def test_single_numbers_may_have_an_axis_more(targets, output):
    wanted = np.arange(5.0)
    assert measured(wanted.reshape(targets), wanted.reshape(output)).mse == 0


@pytest.mark.parametrize("shape", [(4, 1), (5, 2), (), (1, 5)])
def test_other_shapes_are_refused(shape):
    with pytest.raises(InvalidInputError, match=r"the output \(5, 1\)"):
        TargetSums().add(np.zeros(shape), np.zeros((5, 1)))


def test_outputs_of_several_sizes_have_no_r2():
    sums = TargetSums()
    for length in (3, 4, 3):
        sums.add(np.ones((2, length)), np.zeros((2, length)))
    result = sums.result()
    assert (result.mse, result.mae, result.max_abs_error) == (1, 1, 1)
    assert math.isnan(result.r2)


def test_an_output_that_is_no_number_is_an_infinite_error():
    result = measured(np.zeros(3), np.array([0, np.nan, 1.0]))
    assert (result.mse, result.mae, result.max_abs_error) == (math.inf, math.inf, math.inf)
    assert result.r2 in (-math.inf, 0)
