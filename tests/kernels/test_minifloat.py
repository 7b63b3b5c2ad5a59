from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qmodel import dtypes
from qmodel.errors import InvalidInputError
from qmodel.kernels.minifloat import (
    float_to_minifloat,
    largest_minifloat,
    minifloat_to_f32,
    round_f32,
    round_f64,
    widen,
)
from qmodel.kernels.minifloat_tables import rounding_table, widening_table

IN_ML_DTYPES = {
    dtypes.F8E4M3: "float8_e4m3fn",
    dtypes.F8E5M2: "float8_e5m2",
    dtypes.F6E2M3: "float6_e2m3fn",
    dtypes.F6E3M2: "float6_e3m2fn",
    dtypes.F4E2M1: "float4_e2m1fn",
    dtypes.E8M0: "float8_e8m0fnu",
}
# Exponent bits, fraction bits, bias, bits of the largest finite number: as the OCP specifications print them.
FIELDS = {
    dtypes.F8E4M3: (4, 3, 7, 0x7E),
    dtypes.F8E5M2: (5, 2, 15, 0x7B),
    dtypes.F6E2M3: (2, 3, 1, 0x1F),
    dtypes.F6E3M2: (3, 2, 3, 0x1F),
    dtypes.F4E2M1: (2, 1, 1, 0x07),
    dtypes.E8M0: (8, 0, 127, 0xFE),
}
SMALL = pytest.mark.parametrize("element_type", list(FIELDS), ids=str)
SIGNED = pytest.mark.parametrize("element_type", list(FIELDS)[:-1], ids=str)


def exact(bits, element_type):
    """The number of a positive finite pattern, by the definition."""
    _, fraction_bits, bias, _ = FIELDS[element_type]
    exponent, fraction = bits >> fraction_bits, bits & ((1 << fraction_bits) - 1)
    if exponent == 0 and element_type != dtypes.E8M0:
        return Fraction(fraction) * Fraction(2) ** (1 - bias - fraction_bits)
    return Fraction((1 << fraction_bits) + fraction) * Fraction(2) ** (exponent - bias - fraction_bits)


def nearest_by_definition(value, element_type):
    """Bits of the finite number that is nearest to a finite value, by exact arithmetic on all of them."""
    _, fraction_bits, _, last = FIELDS[element_type]
    magnitude = Fraction(abs(value))
    distances = [abs(exact(bits, element_type) - magnitude) for bits in range(last + 1)]
    nearest = [bits for bits, distance in enumerate(distances) if distance == min(distances)]
    even_or_larger = max(nearest, key=lambda bits: (bits % 2 == 0, bits) if fraction_bits else (True, bits))
    return even_or_larger | (1 << (element_type.bits - 1) if np.signbit(value) else 0)


def every_upper_half():
    """Float32 of each upper half, and of its neighbours: every tie and its two sides are among them."""
    upper = np.arange(1 << 16, dtype=np.uint32) << 16
    lower = np.array([0, 1, 0x7FFF, 0x8000, 0x8001, 0xFFFF], np.uint32)
    return (upper[:, None] | lower).reshape(-1).view(np.float32)


def representable(values, element_type):
    """Those that round to a finite number of the type."""
    _, fraction_bits, _, last = FIELDS[element_type]
    largest, before = float(exact(last, element_type)), float(exact(last - 1, element_type))
    tie = largest + (largest - before) / (2 if fraction_bits else 1)
    wide = values.astype(np.float64)
    within = np.abs(wide) <= tie if fraction_bits and last % 2 == 0 else np.abs(wide) < tie
    # ml_dtypes rounds all subnormal numbers above 2^-127 up to 2^-126, not to the nearest power of two.
    return values[within & (wide >= 2.0**-126)] if element_type == dtypes.E8M0 else values[within]


@SMALL
def test_every_pattern_widens_to_its_definition(element_type):
    last = FIELDS[element_type][-1]
    positive = np.arange(last + 1).astype(np.uint8)
    wanted = [float(exact(bits, element_type)) for bits in range(last + 1)]
    assert minifloat_to_f32(positive, element_type).tolist() == wanted
    if element_type != dtypes.E8M0:
        negative = minifloat_to_f32(positive | np.uint8(1 << (element_type.bits - 1)), element_type)
        np.testing.assert_array_equal(negative, -np.array(wanted))
        assert np.signbit(negative).all()


@SMALL
def test_every_pattern_widens_as_in_ml_dtypes(element_type):
    ml_dtypes = pytest.importorskip("ml_dtypes", minversion="0.5")
    bits = np.arange(1 << element_type.bits).astype(np.uint8)
    theirs = bits.view(getattr(ml_dtypes, IN_ML_DTYPES[element_type])).astype(np.float32)
    ours = minifloat_to_f32(bits, element_type)
    np.testing.assert_array_equal(ours, theirs)
    np.testing.assert_array_equal(np.signbit(ours), np.signbit(theirs))


@SMALL
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_rounding_agrees_with_ml_dtypes(element_type, dtype):
    ml_dtypes = pytest.importorskip("ml_dtypes", minversion="0.5")
    every_half = np.arange(1 << 16, dtype=np.uint32).astype(np.uint16).view(np.float16)
    random = np.random.default_rng(1).integers(0, 1 << 32, 500_000, dtype=np.uint32).view(np.float32)
    inputs = every_half if dtype == np.float16 else np.concatenate([every_upper_half(), random])
    values = representable(inputs[np.isfinite(inputs)].astype(dtype), element_type)
    theirs = values.astype(getattr(ml_dtypes, IN_ML_DTYPES[element_type])).view(np.uint8)
    ours = float_to_minifloat(values.astype(np.promote_types(dtype, np.float32)), element_type, saturate=False)
    np.testing.assert_array_equal(ours, theirs)


@SMALL
def test_every_number_comes_back(element_type):
    bits = np.arange(1 << element_type.bits).astype(np.uint8)
    numbers = minifloat_to_f32(bits, element_type)
    held = ~np.isnan(numbers)
    for values in (numbers[held], numbers[held].astype(np.float64)):
        np.testing.assert_array_equal(float_to_minifloat(values, element_type, saturate=False), bits[held])


def values_near_ties(element_type):
    last = FIELDS[element_type][-1]
    return st.builds(
        lambda bits, nudge: float(
            np.nextafter(float(exact(bits, element_type) + exact(bits + 1, element_type)) / 2, nudge)
        ),
        st.integers(0, last - 1),
        st.sampled_from((0.0, np.inf)),
    )


@SMALL
@given(data=st.data())
def test_f64_rounds_once_to_the_nearest(element_type, data):
    value = data.draw(st.one_of(values_near_ties(element_type), st.floats(2.0**-140, 2.0**128)))
    if element_type != dtypes.E8M0:
        value *= data.draw(st.sampled_from((-1.0, 1.0)))
    found = float_to_minifloat(np.array([value]), element_type, saturate=True)
    assert found.tolist() == [nearest_by_definition(value, element_type)]


def test_powers_of_two_round_halfway_to_the_larger():
    values = np.array([1.5, 3.0, 0.75 * 2.0**-126, 1.4999999])
    assert float_to_minifloat(values, dtypes.E8M0, saturate=False).tolist() == [128, 129, 1, 127]
    subnormal = np.array([2.0**-127, 1.49 * 2.0**-127, 1.51 * 2.0**-127], np.float32)
    assert float_to_minifloat(subnormal, dtypes.E8M0, saturate=False).tolist() == [0, 0, 1]


FIRST_TOO_LARGE = {
    dtypes.F8E4M3: np.nextafter(464, 465),
    dtypes.F8E5M2: 61440.0,
    dtypes.F6E2M3: 7.75,
    dtypes.F6E3M2: 30.0,
    dtypes.F4E2M1: 7.0,
    dtypes.E8M0: 1.5 * 2.0**127,
}


@pytest.mark.parametrize(
    ("element_type", "sign"),
    [(element_type, sign) for element_type in FIELDS for sign in (1, -1) if (element_type, sign) != (dtypes.E8M0, -1)],
)
def test_too_large_numbers_are_refused_or_saturate(element_type, sign):
    beyond = sign * FIRST_TOO_LARGE[element_type]
    just_within = np.array([np.nextafter(beyond, 0)])
    largest = sign * largest_minifloat(element_type)
    assert minifloat_to_f32(float_to_minifloat(just_within, element_type, saturate=False), element_type) == largest
    for value in (beyond, sign * 1e300):
        with pytest.raises(InvalidInputError, match=f"too large for {element_type}"):
            float_to_minifloat(np.array([1.0, value]), element_type, saturate=False)
        saturated = float_to_minifloat(np.array([value, sign * np.inf]), element_type, saturate=True)
        assert minifloat_to_f32(saturated, element_type).tolist() == [largest, largest]


@SMALL
def test_infinity_needs_a_type_that_has_it(element_type):
    values = np.array([1.0, np.inf], np.float32)
    if element_type == dtypes.F8E5M2:
        bits = float_to_minifloat(np.array([np.inf, -np.inf, 1.0]), element_type, saturate=False)
        assert bits.tolist() == [0x7C, 0xFC, 0x3C]
        with pytest.raises(InvalidInputError, match="too large"):
            float_to_minifloat(np.array([np.inf, 61440.0]), element_type, saturate=False)
    else:
        with pytest.raises(InvalidInputError, match=f"infinity cannot be stored as {element_type}"):
            float_to_minifloat(values, element_type, saturate=False)


@pytest.mark.parametrize("saturate", [False, True])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_nan_needs_a_type_that_has_it(saturate, dtype):
    values = np.array([np.nan, -np.nan, 1.0], dtype)
    for element_type, wanted in ((dtypes.F8E4M3, [0x7F, 0xFF, 0x38]), (dtypes.F8E5M2, [0x7E, 0xFE, 0x3C])):
        assert float_to_minifloat(values, element_type, saturate=saturate).tolist() == wanted
    assert float_to_minifloat(values, dtypes.E8M0, saturate=saturate).tolist() == [0xFF, 0xFF, 0x7F]
    for element_type in (dtypes.F6E2M3, dtypes.F6E3M2, dtypes.F4E2M1):
        with pytest.raises(InvalidInputError, match=f"NaN cannot be stored as {element_type}"):
            float_to_minifloat(values, element_type, saturate=saturate)


def test_nan_does_not_hide_what_does_not_fit():
    with pytest.raises(InvalidInputError, match="too large"):
        float_to_minifloat(np.array([np.nan, 500.0]), dtypes.F8E4M3, saturate=False)
    with pytest.raises(InvalidInputError, match="no negative"):
        float_to_minifloat(np.array([np.nan, -1.0]), dtypes.E8M0, saturate=True)


def test_powers_of_two_have_neither_zero_nor_sign():
    for value in (0.0, -0.0, 2.0**-128, 1e-300):
        with pytest.raises(InvalidInputError, match="too small for e8m0"):
            float_to_minifloat(np.array([1.0, value]), dtypes.E8M0, saturate=False)
        assert float_to_minifloat(np.array([value]), dtypes.E8M0, saturate=True).tolist() == [0]
    assert float_to_minifloat(np.array([0.75 * 2.0**-127]), dtypes.E8M0, saturate=False).tolist() == [0]
    for saturate in (False, True):
        with pytest.raises(InvalidInputError, match="no negative numbers"):
            float_to_minifloat(np.array([-1.0]), dtypes.E8M0, saturate=saturate)


@SIGNED
def test_what_rounds_to_zero_keeps_its_sign(element_type):
    tiny = np.array([0.0, -0.0, 1e-40, -1e-40, -1e-320])
    negative = 1 << (element_type.bits - 1)
    wanted = [0, negative, 0, negative, negative]
    assert float_to_minifloat(tiny, element_type, saturate=False).tolist() == wanted


def test_nan_payloads_of_f8e5m2_widen():
    patterns = np.array([0x7D, 0x7E, 0xFF], np.uint8)
    widened = minifloat_to_f32(patterns, dtypes.F8E5M2).view(np.uint32)
    assert widened.tolist() == [0x7FA00000, 0x7FC00000, 0xFFE00000]


@pytest.mark.parametrize("element_type", [dtypes.F6E2M3, dtypes.F4E2M1], ids=str)
def test_bits_above_the_type_do_not_count(element_type):
    clean = np.arange(1 << element_type.bits).astype(np.uint8)
    dirty = clean | np.uint8(256 - (1 << element_type.bits))
    np.testing.assert_array_equal(minifloat_to_f32(dirty, element_type), minifloat_to_f32(clean, element_type))


@settings(deadline=None)  # the first example compiles
@given(
    st.sampled_from(list(FIELDS)),
    st.booleans(),
    st.lists(st.integers(0, (1 << 32) - 1), max_size=50),
    st.lists(st.integers(0, (1 << 64) - 1), max_size=50),
)
def test_compiled_twin_gives_the_same_bits(element_type, saturate, f32_bits, f64_bits):
    compiled = pytest.importorskip("qmodel.kernels.compiled.minifloat")
    table = rounding_table(element_type, saturate=saturate)
    f32 = np.array(f32_bits, np.uint32)
    f64 = np.array(f64_bits, np.uint64).view(np.float64)
    for reference, twin, source in ((round_f32, compiled.round_f32, f32), (round_f64, compiled.round_f64, f64)):
        expected, found = np.empty(source.size, np.uint8), np.empty(source.size, np.uint8)
        reference(source, table, expected)
        twin(source, table, found)
        np.testing.assert_array_equal(found, expected)
    bits = f32.view(np.uint8)
    expected, found = np.empty(bits.size, np.float32), np.empty(bits.size, np.float32)
    widen(bits, widening_table(element_type), expected)
    compiled.widen(bits, widening_table(element_type), found)
    np.testing.assert_array_equal(found.view(np.uint32), expected.view(np.uint32))


def test_large_arrays_take_the_dispatched_path():
    values = np.linspace(-400, 400, (1 << 20) + 5)
    small = values[:: 1 << 10].copy()
    for dtype in (np.float32, np.float64):
        bits = float_to_minifloat(values.astype(dtype), dtypes.F8E4M3, saturate=False)
        few = float_to_minifloat(small.astype(dtype), dtypes.F8E4M3, saturate=False)
        np.testing.assert_array_equal(bits[:: 1 << 10], few)
    np.testing.assert_allclose(minifloat_to_f32(bits, dtypes.F8E4M3), values, rtol=2**-4, atol=2**-10)


@pytest.mark.parametrize("shape", [(), (0,), (2, 0, 3), (2, 3)])
def test_shapes_are_kept(shape):
    values = np.full(shape, 1.5, np.float32)
    bits = float_to_minifloat(values, dtypes.F4E2M1, saturate=False)
    assert bits.shape == shape
    np.testing.assert_array_equal(minifloat_to_f32(bits, dtypes.F4E2M1), values)


def test_strided_values_round_like_any_other():
    values = np.arange(12, dtype=np.float32).reshape(3, 4).T
    bits = float_to_minifloat(values, dtypes.F8E4M3, saturate=False)
    np.testing.assert_array_equal(minifloat_to_f32(bits, dtypes.F8E4M3), values)


def test_other_dtypes_are_refused():
    with pytest.raises(InvalidInputError, match="float16"):
        float_to_minifloat(np.zeros(2, np.float16), dtypes.F4E2M1, saturate=True)
    with pytest.raises(InvalidInputError, match="int8"):
        minifloat_to_f32(np.zeros(2, np.int8), dtypes.F4E2M1)
