import numpy as np
import pytest

from qmodel import dtypes
from qmodel.buffers import arithmetic_rates
from qmodel.buffers.arithmetic_fit import fit_arithmetic
from qmodel.buffers.arithmetic_rates import element_rates
from qmodel.kernels.trellis import quantizers

S8 = dtypes.signed(8)


def codes(rows=60, columns=90, seed=0):
    """Codes of a trellis with scales of rows and neighbours that resemble each other."""
    rng = np.random.default_rng(seed)
    noise = rng.normal(0, 1, (rows, columns)) * np.exp2(rng.normal(0, 1, (rows, 1)))
    smooth = noise.copy()
    for column in range(1, columns):
        smooth[:, column] += 0.8 * smooth[:, column - 1]
    return np.rint(smooth).clip(-100, 100).astype(np.int8).reshape(-1)


def test_rates_are_about_what_the_codes_take():
    values = codes()
    coding = fit_arithmetic(values, S8, columns=90, trellis_states=8)
    rates = element_rates(values, S8, coding, -128, 127)
    assert rates.bits.shape == (rates.classes.max() + 1, 2, 256)
    assert rates.classes.max() < 64
    chosen = quantizers(values, 8, values.size)
    estimated = float(rates.bits[rates.classes, chosen, values.astype(int) + 128].sum())
    assert estimated == pytest.approx(8 * len(coding.encode(values, S8)), rel=0.1)


def test_each_chunk_is_observed_alone(monkeypatch):
    values = codes()
    coding = fit_arithmetic(values, S8, columns=90, trellis_states=8)
    first = element_rates(values[:1000], S8, coding, -3, 3)
    monkeypatch.setattr(arithmetic_rates, "ELEMENTS_PER_CHUNK", 1000)
    np.testing.assert_allclose(element_rates(np.tile(values[:1000], 3), S8, coding, -3, 3).bits, first.bits, rtol=1e-6)


def test_one_element_has_rates():
    values = np.array([5], np.int8)
    rates = element_rates(values, S8, fit_arithmetic(values, S8, trellis_states=4), -7, 7)
    assert rates.bits.shape == (1, 2, 15)
    assert rates.classes.tolist() == [0]
