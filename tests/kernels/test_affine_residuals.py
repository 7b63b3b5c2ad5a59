import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from qmodel.kernels import affine_residuals
from qmodel.kernels.affine_residuals import add_residuals, add_table_residuals, residual_sums, table_residual_sums


@st.composite
def lanes(draw):
    dtype = draw(st.sampled_from([np.float32, np.float64]))
    width = dtype().itemsize * 8
    shape = (draw(st.integers(1, 9)), draw(st.integers(1, 40)))
    values = draw(hnp.arrays(dtype, shape, elements=st.floats(-10, 10, width=width)))
    weights = draw(st.none() | hnp.arrays(dtype, shape, elements=st.floats(0, 1, width=width)))
    inverse = draw(hnp.arrays(dtype, shape[1], elements=st.floats(-100, 100, width=width)))
    zero = draw(st.none() | hnp.arrays(dtype, shape[1], elements=st.floats(0, 15, width=width)))
    return values, weights, inverse, zero


@pytest.mark.usefixtures("numpy_only")
@given(lanes(), st.sampled_from([(-8, 7), (0, 15), (-127, 127)]))
def test_sums_are_their_formula(case, codes):
    values, weights, inverse, zero = case
    sums = residual_sums(values, weights, inverse, zero, minimum=codes[0], maximum=codes[1])
    offset = values.dtype.type(0) if zero is None else zero
    steps = values * inverse + offset
    code = np.clip(np.rint(steps), *codes)
    d, k = (steps - code).astype(np.float64), (code - offset).astype(np.float64)
    w = np.ones_like(d) if weights is None else weights
    expected = [w * d * d, w * d * k, w * k * k, w * d, w * k][: 3 if zero is None else 5]
    tolerance = {"rtol": 1e-4, "atol": 1e-3} if values.dtype == np.float32 else {"rtol": 1e-10, "atol": 1e-10}
    for row, terms in zip(sums, expected, strict=False):
        bound = np.abs(terms).sum(axis=0) * tolerance["rtol"] + tolerance["atol"] * 1e-3
        assert (np.abs(row - terms.sum(axis=0)) <= bound).all()


@given(lanes(), st.sampled_from([(-8, 7), (0, 15), (-32768, 32767)]))
def test_the_compiled_twin_gives_the_same_bits(case, codes):
    twin = pytest.importorskip("qmodel.kernels.compiled.affine_residuals")
    values, weights, inverse, zero = case
    low, high = map(values.dtype.type, codes)
    results = []
    for add in (add_residuals, twin.add_residuals):
        results.append(np.zeros((5, values.shape[1]), values.dtype))
        add(values, weights, inverse, zero, low, high, results[-1])
    assert results[0].tobytes() == results[1].tobytes()


@given(lanes(), st.sampled_from([[0.0], [-1.0, 0.0, 0.25, 1.0], [-6, -4, -3, -2, -1.5, -1, 0, 1, 2, 3, 4, 6.0]]))
def test_the_compiled_twin_of_tables_gives_the_same_bits(case, numbers):
    twin = pytest.importorskip("qmodel.kernels.compiled.affine_residuals")
    values, weights, inverse, _ = case
    table = np.array(numbers, values.dtype)
    borders = (table[1:] + table[:-1]) / 2
    results = []
    for add in (add_table_residuals, twin.add_table_residuals):
        results.append(np.zeros((5, values.shape[1]), values.dtype))
        add(values, weights, inverse, table, borders, results[-1])
    assert results[0].tobytes() == results[1].tobytes()


@pytest.mark.parametrize("weighted", [False, True])
def test_the_compiled_twin_of_tables_gives_the_same_bits_for_many_lanes(weighted):
    twin = pytest.importorskip("qmodel.kernels.compiled.affine_residuals")
    random = np.random.default_rng(0)
    values, inverse = random.normal(size=(3, 2500)).astype(np.float32), random.random(2500, np.float32)
    weights = random.random(values.shape, np.float32) if weighted else None
    table = np.sort(random.normal(size=18)).astype(np.float32)
    borders = (table[1:] + table[:-1]) / 2
    results = []
    for add in (add_table_residuals, twin.add_table_residuals):
        results.append(np.zeros((5, values.shape[1]), values.dtype))
        add(values, weights, inverse, table, borders, results[-1])
    assert results[0].tobytes() == results[1].tobytes()


@given(lanes())
def test_tables_of_integers_are_integer_codes(case):
    values, weights, inverse, _ = case
    numbers = np.arange(-8, 8, dtype=values.dtype)
    by_table = table_residual_sums(values, weights, inverse, numbers)
    by_rounding = residual_sums(values, weights, inverse, None, minimum=-8, maximum=7)
    assert np.allclose(by_table[0], by_rounding[0], rtol=1e-5)  # ties may go either way: the square is the same


@pytest.fixture
def numpy_only(monkeypatch):
    monkeypatch.setattr(affine_residuals, "compiled", lambda kernel, size: None)
