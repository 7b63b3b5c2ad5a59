import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qmodel.kernels import arithmetic, arithmetic_rates
from qmodel.kernels.arithmetic import Stream
from qmodel.kernels.arithmetic_rates import element_bits
from qmodel.kernels.element_coder import Alphabet, ElementCoder, Expectation
from qmodel.kernels.element_prediction import Layout
from tests.kernels.test_arithmetic import chunks

STREAM = Stream(Layout(50, 1, (1, 50)), Alphabet(-(1 << 23), (1 << 23) - 1, is_trellis=True), 8)


class CountingCoder:
    """Adds up the bits that decisions would take."""

    def __init__(self):
        self.bits = 0.0

    def code(self, bit, probability):
        self.bits += 16 - np.log2(probability if bit else 65536 - probability)
        return bit


def some_elements(deviation=3, count=3000):
    return np.rint(np.random.default_rng(0).normal(0, deviation, count)).astype(np.int64)


@settings(deadline=None)  # the first example compiles
@given(chunks())
def test_compiled_twin_observes_the_same(chunk):
    twin = pytest.importorskip("qmodel.kernels.compiled.arithmetic")
    elements, stream, _ = chunk
    plain, compiled = arithmetic.observe_plainly(elements, stream), twin.observe(elements, stream)
    for name in ("expected", "lines", "knots"):
        np.testing.assert_array_equal(getattr(plain, name), getattr(compiled, name))


@settings(deadline=None)  # the first example compiles
@given(
    st.integers(-20, 500),
    st.integers(0, 200),
    st.lists(st.tuples(st.integers(-(1 << 20), 1 << 20), st.integers(20, 1 << 25)), min_size=1, max_size=4),
)
def test_compiled_twin_finds_the_same_bits(below, width, expected):
    twin = pytest.importorskip("qmodel.kernels.compiled.arithmetic_rates")
    observed, found = arithmetic.observe(some_elements(), STREAM), []
    for module in (None, twin):
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(arithmetic_rates, "compiled", lambda *_, module=module: module)
            found.append(element_bits(observed, np.array(expected), -below, width - below))
    np.testing.assert_array_equal(*found)


@settings(max_examples=60)
@given(
    st.integers(-3000, 3000),
    st.sampled_from([20, 100, 400, 4095, 4096, 30_000, 1 << 20]),
    st.integers(0, 1),
    st.integers(-20, 20),  # farther decisions share odds, and learn while an element is coded
)
def test_bits_are_those_of_the_coder(mean, scale, quantizer, element):
    observed = arithmetic.observe_plainly(some_elements(count=300), STREAM)
    counter = CountingCoder()
    coder = ElementCoder(counter, STREAM.alphabet)
    for group, lines, maps in zip(coder.odds, observed.lines.tolist(), observed.knots.tolist(), strict=True):
        for odds, (factor, summand), knots in zip(group, lines, maps, strict=True):
            odds.factor, odds.summand, odds.knots = factor, summand, list(knots)
    coder.code(element, Expectation(mean, scale, quantizer))
    bits = element_bits(observed, np.array([[7, 30], [mean, scale]]), -100, 100)
    assert bits.shape == (2, 2, 201)
    np.testing.assert_allclose(bits[1, quantizer, element + 100], counter.bits, rtol=1e-5)


def test_a_magnitude_of_any_size_has_a_price():
    observed = arithmetic.observe(some_elements(), STREAM)
    bits = element_bits(observed, np.array([[0, 300], [-5000, 300]]), -2048, 2048)
    assert np.isfinite(bits).all()
    assert bits.min() > 0
    assert (bits[0, :, [0, -1]] > 60).all()
