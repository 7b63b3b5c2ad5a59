import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from qmodel.kernels import affine_choice
from qmodel.kernels.affine import dequantize, quantize
from qmodel.kernels.affine_choice import choose_scales


def as_given(*scales):
    return np.stack(scales)


@st.composite
def choices(draw):
    """Values in blocks of up to three lanes, weights, candidates, what suits and zero points."""
    dtype = draw(st.sampled_from([np.float32, np.float64]))
    width = dtype().itemsize * 8
    length = draw(st.sampled_from([1, 3, 4, 9, 1000, 1030]))
    shape = (draw(st.integers(1, 70)), length)
    values = draw(hnp.arrays(dtype, shape, elements=st.floats(-10, 10, width=width), fill=st.just(0.5)))
    weights = draw(st.none() | hnp.arrays(dtype, shape, elements=st.floats(0, 1, width=width), fill=st.just(1)))
    of_blocks = (shape[0], 1)
    scale = st.floats(-2, 2, width=32) | st.just(0.0)
    scales = [draw(hnp.arrays(dtype, of_blocks, elements=scale)) for _ in range(draw(st.integers(1, 4)))]
    suiting = draw(hnp.arrays(dtype, of_blocks, elements=st.floats(-2, -0.125) | st.floats(0.125, 2)))
    zeros = draw(st.none() | hnp.arrays(np.uint8, of_blocks, elements=st.integers(0, 15)))
    return values, weights, (1, length), as_given, scales, suiting, zeros


@settings(deadline=None)  # the first example compiles
@given(choices(), st.sampled_from([(-8, 7), (0, 15)]))
def test_the_compiled_twin_gives_the_same_bits(case, codes):
    twin = pytest.importorskip("qmodel.kernels.compiled.affine_choice")
    results = []
    for module in (None, twin):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(affine_choice, "compiled", lambda kernel, size, module=module: module)
            patch.setattr("qmodel.kernels.affine_residuals.compiled", lambda kernel, size: None)
            found = choose_scales(*case, minimum=codes[0], maximum=codes[1])
            results.append((found[0].tobytes(), *found[1:]))
    assert results[0] == results[1]


def squared_error(values, scale, zero, *, maximum):
    codes = quantize(values, scale, zero, (1, values.shape[1]), minimum=0, maximum=maximum)
    decoded = dequantize(codes, scale, zero, (1, values.shape[1]))
    return np.square(decoded - values, dtype=np.float64).sum(axis=1, keepdims=True)


def test_errors_are_those_of_decoded_values():
    rng = np.random.default_rng(0)
    values = rng.standard_normal((50, 24)).astype(np.float32)
    scales = [(rng.random((50, 1)) + 0.2).astype(np.float32) for _ in range(3)]
    zeros = rng.integers(0, 8, (50, 1)).astype(np.uint8)
    best, error, first_error = choose_scales(
        values, None, (1, 24), as_given, scales, scales[0], zeros, minimum=0, maximum=7
    )
    errors = np.stack([squared_error(values, scale, zeros, maximum=7) for scale in scales])
    assert first_error == pytest.approx(errors[0].sum(), rel=1e-4)
    assert error == pytest.approx(errors.min(axis=0).sum(), rel=1e-4)
    np.testing.assert_array_equal(best, np.choose(errors.argmin(axis=0), scales))


@pytest.mark.parametrize("zero", [None, np.array([[3]], np.uint8)])
def test_a_scale_of_zero_is_as_bad_as_losing_all_values(zero):
    values = np.array([[-1, 0.5, 2, 3]], np.float32)
    nothing, poor = np.zeros((1, 1), np.float32), np.full((1, 1), 2, np.float32)
    best, error, first_error = choose_scales(
        values, None, (1, 4), as_given, [nothing, poor], poor, zero, minimum=0, maximum=7
    )
    assert best[0, 0] == 2
    assert first_error == pytest.approx(14.25, rel=2e-2)
    assert error < first_error


def test_of_equal_scales_the_first_is_taken():
    values, scale = np.ones((1, 4), np.float32), np.full((1, 1), 0.5, np.float32)
    best, _, _ = choose_scales(values, None, (1, 4), as_given, [-scale, scale], scale, None, minimum=-4, maximum=4)
    assert best[0, 0] == -0.5
