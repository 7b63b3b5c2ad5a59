import numpy as np
import pytest

from qmodel.buffers.representative import representative


def test_a_few_values_are_their_own_representatives():
    values = np.arange(1000, dtype=np.uint8)
    assert representative(values) is values


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int8, np.int16])
def test_many_values_keep_their_frequencies_and_none_is_lost(dtype):
    values = np.random.default_rng(0).normal(60, 10, 3_000_000).astype(dtype)
    values[-1] = 0
    few = representative(values)
    assert few.dtype == values.dtype
    assert few.size < values.size / 10
    wanted, counts = np.unique(values, return_counts=True)
    found, few_counts = np.unique(few, return_counts=True)
    np.testing.assert_array_equal(found, wanted)
    np.testing.assert_allclose(few_counts / few.size, counts / values.size, atol=1e-4)
