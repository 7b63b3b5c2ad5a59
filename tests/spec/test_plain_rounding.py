"""The rounding of spec/types.md, in integers, is what NumPy and the library do."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qmodel import dtypes
from qmodel.encodings.convert import convert
from qmodel.typed_array import TypedArray
from tests.spec.plain_rounding import TARGETS, rounded_bits

EDGES = [0.0, -0.0, 65519.99, 65520.0, 2.0**-24, 2.0**-25, 3 * 2.0**-25, 2.0**-133, 2.0**-134, 2.0**128 - 2.0**103]
EDGES += [2.0**128 - 2.0**119, 1 + 2.0**-8, 1 + 3 * 2.0**-8, 1 + 2.0**-8 + 2.0**-40, 5e-324, 1.7e308, 2.0**-149]


def check(number, name):
    element_type = dtypes.parse(name)
    converted = convert(TypedArray(dtypes.F64, np.array([number])), element_type).storage
    bits = int(converted.view(f"u{converted.itemsize}")[0])
    assert rounded_bits(number, bool(np.signbit(number)), name) == bits


@pytest.mark.parametrize("name", TARGETS)
@pytest.mark.parametrize("number", EDGES)
def test_edges(number, name):
    check(number, name)
    check(-number, name)


@given(st.floats(allow_nan=False, allow_infinity=False), st.sampled_from(list(TARGETS)))
def test_any_number(number, name):
    check(number, name)


@given(st.floats(-70000, 70000), st.sampled_from(["f16", "bf16"]))
def test_numbers_within_reach(number, name):
    check(number, name)
