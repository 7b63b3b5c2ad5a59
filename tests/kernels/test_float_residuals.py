import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qmodel import dtypes
from qmodel.kernels import float_residuals
from qmodel.kernels.affine_residuals import table_residual_sums
from qmodel.kernels.float_residuals import float_residual_sums
from qmodel.kernels.minifloat import spacing_of
from qmodel.kernels.minifloat_tables import LAYOUTS
from tests.kernels.test_affine_residuals import lanes

SMALL = [element_type for element_type in LAYOUTS if spacing_of(element_type)]


@pytest.mark.parametrize("element_type", SMALL)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_numbers_and_what_lies_between_become_the_nearest(element_type, dtype):
    magnitudes = LAYOUTS[element_type].magnitudes().astype(dtype)
    table = np.concatenate((-magnitudes[:0:-1], magnitudes))
    low, high = table[:-1], table[1:]
    inside = np.concatenate((table, low + (high - low) * dtype(0.49), low + (high - low) * dtype(0.51), 2 * table[-1:]))
    one = np.ones(inside.size, dtype)
    found = float_residual_sums(inside[None], None, one, spacing_of(element_type))
    np.testing.assert_array_equal(found, table_residual_sums(inside[None], None, one, table))


@pytest.mark.parametrize("element_type", SMALL)
def test_ties_go_to_the_even_one(element_type):
    magnitudes = LAYOUTS[element_type].magnitudes()
    ties = (magnitudes[1:] + magnitudes[:-1]) / 2
    even = magnitudes[np.arange(len(ties)) + np.arange(len(ties)) % 2]
    found = float_residual_sums(ties[None], None, np.ones(len(ties)), spacing_of(element_type))
    np.testing.assert_array_equal(found[2], np.square(even))


@settings(deadline=None)  # the first example compiles
@given(lanes(), st.sampled_from(SMALL))
def test_the_compiled_twin_gives_the_same_bits(case, element_type):
    twin = pytest.importorskip("qmodel.kernels.compiled.float_residuals")
    values, weights, inverse, _ = case
    results = []
    for module in (None, twin):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(float_residuals, "compiled", lambda kernel, size, module=module: module)
            results.append(float_residual_sums(values, weights, inverse, spacing_of(element_type)).tobytes())
    assert results[0] == results[1]


def test_only_floats_with_a_sign_are_spaced_so():
    assert spacing_of(dtypes.E8M0) is None
    assert spacing_of(dtypes.F16) is None
