from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qmodel.errors import InvalidInputError
from qmodel.kernels import bf16

ALL_BITS = np.arange(1 << 16, dtype=np.uint32).astype(np.uint16)
FINITE_POSITIVE = [int(bits) for bits in ALL_BITS[:0x7F80]]
F32_BITS = st.lists(st.integers(0, (1 << 32) - 1), max_size=50)
F64_BITS = st.lists(st.integers(0, (1 << 64) - 1), max_size=50)


def halfway_cases():
    """Each finite bf16, the points halfway to the next, and their float32 neighbours."""
    below = np.arange(0x7F80, dtype=np.uint32) << 16
    points = np.concatenate([below, below + 0x7FFF, below + 0x8000, below + 0x8001, below + 0xFFFF])
    return np.concatenate([points, points | np.uint32(1 << 31)]).view(np.float32)


def nearest_by_definition(value):
    """Bits of the bf16 nearest to a finite float64, by exact arithmetic over the ordered list of all bf16."""
    magnitude = Fraction(abs(value))
    low, high = 0, 0x7F80
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if exact(middle) <= magnitude else (low, middle)
    distance = (magnitude - exact(low)) - (exact(high) - magnitude)
    up = distance > 0 or (distance == 0 and high % 2 == 0)
    return (high if up else low) | (0x8000 if np.signbit(value) else 0)


def exact(bits):
    exponent, fraction = bits >> 7, bits & 0x7F
    if exponent == 0:
        return Fraction(fraction) * Fraction(2) ** -133
    return Fraction(128 + fraction) * Fraction(2) ** (exponent - 134)


def test_all_bit_patterns_agree_with_ml_dtypes():
    ml_dtypes = pytest.importorskip("ml_dtypes")
    theirs = ALL_BITS.view(ml_dtypes.bfloat16).astype(np.float32)
    ours = bf16.bf16_to_f32(ALL_BITS)
    np.testing.assert_array_equal(ours.view(np.uint32) >> 16, ALL_BITS)
    np.testing.assert_array_equal(ours, theirs)


def test_rounding_agrees_with_ml_dtypes():
    ml_dtypes = pytest.importorskip("ml_dtypes")
    random = np.random.default_rng(1).integers(0, 1 << 32, 200_000, dtype=np.uint32).view(np.float32)
    values = np.concatenate([halfway_cases(), random[~np.isnan(random)], [np.float32(np.inf), np.float32(-np.inf)]])
    with np.errstate(over="ignore"):
        theirs = values.astype(ml_dtypes.bfloat16).view(np.uint16)
    np.testing.assert_array_equal(bf16.f32_to_bf16(values), theirs)


def test_every_number_comes_back():
    numbers = ALL_BITS[~np.isnan(bf16.bf16_to_f32(ALL_BITS))]
    np.testing.assert_array_equal(bf16.f32_to_bf16(bf16.bf16_to_f32(numbers)), numbers)
    np.testing.assert_array_equal(bf16.f64_to_bf16(bf16.bf16_to_f32(numbers).astype(np.float64)), numbers)


def test_nans_stay_quiet_nans_with_sign_and_payload():
    f32 = np.array([0x7F800001, 0xFF800001, 0x7FD50000, 0xFFFFFFFF, 0x7F950000], np.uint32).view(np.float32)
    assert bf16.f32_to_bf16(f32).tolist() == [0x7FC0, 0xFFC0, 0x7FD5, 0xFFFF, 0x7FD5]
    f64 = np.array([0x7FF0000000000001, 0xFFFAA00000000000, 0x7FF2A00000000000], np.uint64).view(np.float64)
    assert bf16.f64_to_bf16(f64).tolist() == [0x7FC0, 0xFFD5, 0x7FD5]


def test_f64_rounds_once():
    just_above_tie = 1 + 2**-8 + 2**-40
    assert bf16.f64_to_bf16(np.array([just_above_tie])).tolist() == [0x3F81]
    assert bf16.f32_to_bf16(np.array([just_above_tie], np.float32)).tolist() == [0x3F80]


@given(
    st.one_of(
        st.floats(allow_nan=False, allow_infinity=False),
        st.builds(
            lambda bits, nudge, sign: sign * np.nextafter(float((exact(bits) + exact(bits + 1)) / 2), nudge),
            st.sampled_from(FINITE_POSITIVE[:-1]),
            st.sampled_from((-np.inf, 0.0, np.inf)),
            st.sampled_from((-1.0, 1.0)),
        ),
        st.floats(-1e-37, 1e-37),
    )
)
def test_f64_rounds_to_the_nearest_and_ties_to_even(value):
    assert bf16.f64_to_bf16(np.array([value])).tolist() == [nearest_by_definition(value)]


def test_overflow_starts_halfway_beyond_the_largest():
    tie = 2.0**128 - 2.0**119
    values = np.array([np.nextafter(tie, 0), tie, -tie, 1e300, np.inf, -np.inf])
    assert bf16.f64_to_bf16(values).tolist() == [0x7F7F, 0x7F80, 0xFF80, 0x7F80, 0x7F80, 0xFF80]


@settings(deadline=None)  # the first example compiles
@given(F32_BITS, F64_BITS)
def test_compiled_twin_gives_the_same_bits(f32_bits, f64_bits):
    compiled = pytest.importorskip("qmodel.kernels.compiled.bf16")
    f32 = np.array(f32_bits, np.uint32)
    halves = (f32 >> 16).astype(np.uint16)
    f64 = np.array(f64_bits, np.uint64).view(np.float64)
    for name, source, target in (("widen_bf16", halves, "u4"), ("round_f32", f32, "u2"), ("round_f64", f64, "u2")):
        expected, found = np.empty(source.size, target), np.empty(source.size, target)
        getattr(bf16, name)(source, expected)
        getattr(compiled, name)(source, found)
        np.testing.assert_array_equal(found, expected)


def test_large_arrays_take_the_dispatched_path():
    values = np.linspace(-3, 3, (1 << 20) + 5)
    bits = bf16.f64_to_bf16(values)
    np.testing.assert_allclose(bf16.bf16_to_f32(bits), values, rtol=2**-8)
    np.testing.assert_array_equal(bf16.f32_to_bf16(bf16.bf16_to_f32(bits)), bits)


@pytest.mark.parametrize("shape", [(), (0,), (2, 0, 3), (2, 3)])
def test_shapes_are_kept(shape):
    values = np.full(shape, 1.5, np.float32)
    bits = bf16.f32_to_bf16(values)
    assert bits.shape == shape
    out = np.empty(shape, np.float32)
    assert bf16.bf16_to_f32(bits, out=out) is out
    np.testing.assert_array_equal(out, values)


def test_strided_values_round_like_any_other():
    values = np.arange(12, dtype=np.float32).reshape(3, 4).T
    np.testing.assert_array_equal(bf16.bf16_to_f32(bf16.f32_to_bf16(values)), values)


def test_other_dtypes_are_refused():
    with pytest.raises(InvalidInputError, match="float64"):
        bf16.f32_to_bf16(np.zeros(2))
    with pytest.raises(InvalidInputError, match="int16"):
        bf16.bf16_to_f32(np.zeros(2, np.int16))
    with pytest.raises(InvalidInputError, match="out must be"):
        bf16.bf16_to_f32(np.zeros(2, np.uint16), out=np.empty(3, np.float32))
