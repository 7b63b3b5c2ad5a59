import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from qmodel.kernels import round_trip as plain

FLOATS = arrays(np.float32, st.integers(0, 70), elements=st.floats(width=32, allow_nan=True))


def by_numpy(x, scale, low, high):
    out = np.empty_like(x)
    with pytest.MonkeyPatch.context() as patch, np.errstate(all="ignore"):
        patch.setattr(plain, "compiled", lambda name, size: None)
        plain.round_trip(x, scale, low, high, out)
    return out


@given(FLOATS, st.floats(2**-20, 2**20, width=32), st.integers(-300, 0), st.integers(0, 300))
def test_twin_gives_the_same_bits(x, scale, low, high):
    twin = pytest.importorskip("qmodel.kernels.compiled.round_trip", exc_type=ImportError)
    scale, low, high = map(np.float32, (scale, low, high))
    out = np.empty_like(x)
    twin.round_trip(x, scale, low, high, out)
    expected = by_numpy(x, scale, low, high)
    np.testing.assert_array_equal(np.isnan(out), np.isnan(expected))
    kept = ~np.isnan(out)
    np.testing.assert_array_equal(out[kept].view(np.uint32), expected[kept].view(np.uint32))


def test_ties_go_to_even_and_no_zero_is_negative():
    x = np.array([-0.1, 0.5, 1.5, 2.5, -0.5, -1.5, 9, -9], np.float32)
    made = by_numpy(x, np.float32(1), np.float32(-3), np.float32(4))
    np.testing.assert_array_equal(made, [0, 0, 2, 2, 0, -2, 4, -3])
    assert not np.signbit(made[[0, 4]]).any()


def test_blocks_of_numpy_join():
    x = np.random.default_rng(0).standard_normal(plain._BLOCK * 2 + 3).astype(np.float32)
    made = by_numpy(x, np.float32(0.1), np.float32(-20), np.float32(20))
    np.testing.assert_allclose(made, np.clip(np.rint(x / np.float32(0.1)), -20, 20) * np.float32(0.1), rtol=1e-6)
