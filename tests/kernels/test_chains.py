from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qmodel.dtypes import Array
from qmodel.kernels import chains
from qmodel.kernels.chains import Chain, Code, Step
from qmodel.kernels.dispatch import compiling_possible

NUMBERS = st.floats(-10, 10, width=32).filter(lambda number: abs(number) > 1e-3)


@st.composite
def some_steps(draw: st.DrawFn) -> tuple[Step, ...]:
    """Steps in which a KEEP comes before each TIMES_KEPT."""
    steps: list[Step] = []
    for code in draw(st.lists(st.sampled_from(Code), min_size=1, max_size=6)):
        low, high = sorted(draw(st.tuples(NUMBERS, NUMBERS)))
        if code is Code.TIMES_KEPT and Code.KEEP not in [step.code for step in steps]:
            steps.append(Step(Code.KEEP))
        steps.append(Step(code, low, high))
    return tuple(steps)


DEFINITIONS: dict[Code, Callable[[Array, Step], Array]] = {
    Code.SCALE: lambda y, step: y * step.a,
    Code.SHIFT: lambda y, step: y + step.a,
    Code.DIVIDE: lambda y, step: y / step.a,
    Code.CLIP: lambda y, step: np.minimum(np.maximum(y, step.a), step.b),
    Code.RELU: lambda y, _: np.maximum(y, 0),
    Code.SIGMOID: lambda y, _: 1 / (1 + np.exp(-y)),
    Code.ERF: lambda y, _: np.vectorize(math.erf, otypes=[np.float64])(y),
}


def directly(steps: tuple[Step, ...], x: Array) -> Array:
    """As the steps are defined, in float64."""
    y, kept = x.astype(np.float64), x.astype(np.float64)
    for step in steps:
        if step.code is Code.KEEP:
            kept = y
        elif step.code is Code.TIMES_KEPT:
            y = y * kept
        else:
            y = DEFINITIONS[step.code](y, step)
    return y


def changed(steps: tuple[Step, ...], x: Array, *, twin: Any) -> Array:
    made = x.copy(order="K")
    with pytest.MonkeyPatch.context() as patch, np.errstate(all="ignore"):
        patch.setattr(chains, "compiled", lambda kernel, size: twin)
        patch.setattr(chains, "_BLOCK", 7)
        Chain(steps)(made)
    return made


@settings(max_examples=200, deadline=None)
@given(some_steps(), st.sampled_from([(0,), (), (5,), (3, 20), (2, 3, 4)]))
def test_chain_equals_the_definition(steps: tuple[Step, ...], shape: tuple[int, ...]) -> None:
    x = np.asarray(np.random.default_rng(3).normal(0, 4, shape))
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(changed(steps, x, twin=None), directly(steps, x), rtol=1e-9, atol=1e-12)


@pytest.mark.skipif(not compiling_possible(), reason="numba is not installed")
@settings(max_examples=150, deadline=None)
@given(some_steps(), st.sampled_from([0, 1, 37, 5000]), st.sampled_from([1, 3]), st.booleans())
def test_compiled_chain_equals_numpy(steps: tuple[Step, ...], columns: int, rows: int, holes: bool) -> None:
    from qmodel.kernels.compiled import chains as twin

    x = np.random.default_rng(4).normal(0, 4, (rows, 2 * columns)).astype(np.float32)
    x = x[:, columns:] if holes else x[:, :columns].copy()
    # A difference of a few units in the last place grows where later steps add numbers of the other sign.
    np.testing.assert_allclose(changed(steps, x, twin=twin), changed(steps, x, twin=None), rtol=1e-5, atol=1e-4)


@pytest.mark.skipif(not compiling_possible(), reason="numba is not installed")
def test_compiled_sigmoid_is_within_four_units_of_the_last_place() -> None:
    from qmodel.kernels.compiled import chains as twin

    x = np.linspace(-87, 100, 200_001, dtype=np.float32)
    got = changed((Step(Code.SIGMOID),), x, twin=twin)
    wanted = 1 / (1 + np.exp(-x.astype(np.float64)))
    assert np.all(np.abs(got - wanted) <= 4 * np.spacing(wanted.astype(np.float32)))
    odd = np.array([np.nan, np.inf, -np.inf], dtype=np.float32)
    np.testing.assert_allclose(changed((Step(Code.SIGMOID),), odd, twin=twin), [np.nan, 1, 0], atol=1e-37)


@pytest.mark.skipif(not compiling_possible(), reason="numba is not installed")
def test_compiled_error_function_is_as_near_as_that_of_numpy() -> None:
    from qmodel.kernels.compiled import chains as twin

    x = np.linspace(-6, 6, 100_001, dtype=np.float32)
    got = changed((Step(Code.ERF),), x, twin=twin)
    np.testing.assert_allclose(got, directly((Step(Code.ERF),), x), rtol=7e-7)


@pytest.mark.parametrize("shape", [(), (0,), (3, 20)])
def test_narrow_floats_are_rounded_at_the_end(shape: tuple[int, ...]) -> None:
    x = np.asarray(np.random.default_rng(5).normal(-6, 4, shape), np.float16)
    silu = (Step(Code.KEEP), Step(Code.SIGMOID), Step(Code.TIMES_KEPT))
    got, wanted = changed(silu, x, twin=None), directly(silu, x).astype(np.float16)
    assert got.dtype == np.float16
    np.testing.assert_array_less(np.abs(got - wanted), 1.5 * np.spacing(np.abs(wanted)))


def test_integers_take_a_relu() -> None:
    values = np.array([-3, 0, 4])
    Chain((Step(Code.RELU),))(values)
    assert values.tolist() == [0, 0, 4]
