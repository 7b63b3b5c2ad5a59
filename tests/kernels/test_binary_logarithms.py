import numpy as np

from qmodel.kernels.binary_logarithms import BIT, LOGIT_LIMIT, ONE, POWER_LIMIT, logarithms, tables


def test_logarithms_are_right_to_half_a_unit():
    computed, numbers = logarithms(), np.arange(1, ONE + 1)
    assert np.abs(computed[1:] - BIT * np.log2(numbers)).max() < 0.5001
    assert (np.diff(computed) >= 0).all()


def test_logits_and_probabilities_are_inverse():
    known = tables()
    logits = np.arange(-LOGIT_LIMIT, LOGIT_LIMIT)
    exact = ONE / (1 + 2.0 ** (-logits / BIT))
    assert (np.abs(known.probability - exact) <= 1 + exact * 1e-3).all()
    middles = 16 * np.arange(4096) + 8
    np.testing.assert_allclose(known.logit, BIT * np.log2(middles / (ONE - middles)), atol=1.001)


def test_softplus_and_powers():
    known = tables()
    exponents = np.arange(LOGIT_LIMIT)
    np.testing.assert_allclose(known.softplus, BIT * np.log2(1 + 2.0 ** (-exponents / BIT)), atol=1.001)
    powers = ONE * 2.0 ** (-np.arange(POWER_LIMIT) / BIT)
    assert (np.abs(known.power - powers) <= 1 + powers * 1e-3).all()
    for table in (known.probability, known.power):
        assert table.min() >= 1
        assert table.max() < ONE
