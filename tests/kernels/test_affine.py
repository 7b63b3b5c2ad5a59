import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from qmodel.kernels import affine
from qmodel.kernels.affine import block_extremes, dequantize, quantize, scaled_down
from qmodel.kernels.blocks import block_counts
from tests.kernels.test_blocks import block_of_each_element, blocked_shapes

scales = st.floats(2.0**-20, 2.0**20, width=32) | st.just(0.0) | st.floats(-(2.0**20), -(2.0**-20), width=32)


@st.composite
def quantized(draw, dtype):
    shape, block_shape = draw(blocked_shapes())
    counts = block_counts(shape, block_shape)
    scale = draw(hnp.arrays(np.float32, counts, elements=scales))
    zero_point = draw(st.none() | hnp.arrays(np.int8, counts))
    return draw(hnp.arrays(dtype, shape)), scale, zero_point, block_shape


def per_element(blocks, shape, block_shape):
    return blocks.ravel()[block_of_each_element(shape, block_shape)] if blocks.size else np.empty(shape, blocks.dtype)


@given(quantized(np.int8) | quantized(np.uint8))
def test_dequantize_is_its_formula_in_float32(case):
    codes, scale, zero_point, block_shape = case
    zero = np.zeros_like(scale) if zero_point is None else zero_point
    expected = per_element(scale, codes.shape, block_shape) * (
        codes.astype(np.float32) - per_element(zero, codes.shape, block_shape).astype(np.float32)
    )
    values = dequantize(codes, scale, zero_point, block_shape)
    assert values.dtype == np.float32
    assert np.array_equal(values, expected)


@given(quantized(np.int32))
def test_wide_codes_are_subtracted_exactly(case):
    codes, scale, _, block_shape = case
    zero_point = np.full(scale.shape, -(2**31), np.int32)
    difference = (codes.astype(np.int64) + 2**31).astype(np.float32)
    expected = difference * per_element(scale, codes.shape, block_shape)
    assert np.array_equal(dequantize(codes, scale, zero_point, block_shape), expected)


@given(st.data())
def test_quantize_is_its_formula(data):
    shape, block_shape = data.draw(blocked_shapes())
    counts = block_counts(shape, block_shape)
    scale = data.draw(hnp.arrays(np.float32, counts, elements=scales))
    zero_point = data.draw(st.none() | hnp.arrays(np.uint8, counts, elements=st.integers(0, 15)))
    values = data.draw(hnp.arrays(np.float32, shape, elements=st.floats(-1e6, 1e6, width=32)))
    each_scale = per_element(scale, shape, block_shape)
    with np.errstate(divide="ignore", invalid="ignore"):
        steps = np.where(each_scale == 0, np.float32(0), np.rint(values / each_scale))
    if zero_point is not None:
        steps = steps + per_element(zero_point, shape, block_shape)
    codes = quantize(values, scale, zero_point, block_shape, minimum=-7, maximum=15)
    assert np.array_equal(codes, np.clip(steps, -7, 15).astype(np.int8))


@given(st.data())
def test_extremes_of_blocks(data):
    shape, block_shape = data.draw(blocked_shapes())
    values = data.draw(hnp.arrays(np.float32, shape, elements=st.floats(width=32)))
    low, high = block_extremes(values, block_shape)
    numbers = block_of_each_element(shape, block_shape)
    for block in range(low.size):
        inside = values[numbers == block]
        if inside.size:
            assert np.array_equal(low.flat[block], inside.min(), equal_nan=True)
            assert np.array_equal(high.flat[block], inside.max(), equal_nan=True)


def test_tiles_of_a_large_array_meet_without_seams():
    rng = np.random.default_rng(0)
    values = rng.standard_normal((700, 701), dtype=np.float32)
    scale = rng.uniform(0.01, 0.1, (700, 22)).astype(np.float32)
    codes = quantize(values, scale, None, (1, 32), minimum=-127, maximum=127)
    each_scale = np.repeat(scale, 32, axis=1)[:, :701]
    assert np.array_equal(codes, np.clip(np.rint(values / each_scale), -127, 127).astype(np.int8))


def assert_same_in_numpy_and_compiled(work):
    twin = pytest.importorskip("qmodel.kernels.compiled.affine")
    results = []
    for module in (None, twin):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(affine, "compiled", lambda kernel, size, module=module: module)
            results.append(work())
    assert results[0].dtype == results[1].dtype
    assert results[0].tobytes() == results[1].tobytes()


@settings(deadline=None)  # the first example compiles
@given(quantized(np.int8) | quantized(np.uint16) | quantized(np.int32), st.sampled_from([np.float32, np.float64]))
def test_the_compiled_twin_dequantizes_to_the_same_bits(case, dtype):
    codes, scale, zero_point, block_shape = case
    scale = scale.astype(dtype)
    assert_same_in_numpy_and_compiled(lambda: dequantize(codes, scale, zero_point, block_shape))
    fractions = None if zero_point is None else zero_point.astype(dtype) / 3
    assert_same_in_numpy_and_compiled(lambda: dequantize(codes.astype(dtype), scale, fractions, block_shape))


@settings(deadline=None)
@given(st.data(), st.sampled_from([np.float32, np.float64]), st.sampled_from([(-7, 15), (0, 65535), (-32768, 32767)]))
def test_the_compiled_twin_quantizes_to_the_same_bits(data, dtype, codes):
    shape, block_shape = data.draw(blocked_shapes())
    counts = block_counts(shape, block_shape)
    scale = data.draw(hnp.arrays(dtype, counts, elements=scales))
    zero_point = data.draw(
        st.none() | hnp.arrays(np.uint8, counts) | hnp.arrays(dtype, counts, elements=st.floats(0, 255, width=32))
    )
    values = data.draw(hnp.arrays(dtype, shape, elements=st.floats(-1e6, 1e6, width=32)))
    low, high = codes
    assert_same_in_numpy_and_compiled(
        lambda: quantize(values, scale, zero_point, block_shape, minimum=low, maximum=high)
    )
    assert_same_in_numpy_and_compiled(lambda: scaled_down(values, scale, block_shape, 448.0))
