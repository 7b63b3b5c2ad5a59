import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from qmodel.kernels import affine_attempts
from qmodel.kernels.affine_attempts import Best, attempt_ranges, attempt_scales
from qmodel.kernels.block_lanes import BlockLanes


@st.composite
def attempts(draw):
    """Lanes of blocks, one to three lanes a block, and candidates for two attempts in a row."""
    dtype = draw(st.sampled_from([np.float32, np.float64]))
    width = dtype().itemsize * 8
    blocks, pieces, steps = draw(st.integers(1, 9)), draw(st.integers(1, 3)), draw(st.integers(1, 9))
    shape = (steps, pieces * blocks)
    values = draw(hnp.arrays(dtype, shape, elements=st.floats(-10, 10, width=width)))
    weights = draw(st.none() | hnp.arrays(dtype, shape, elements=st.floats(0, 1, width=width)))
    unit = draw(hnp.arrays(np.float64, blocks, elements=st.floats(0.5, 8) | st.just(np.inf)))
    candidates = draw(hnp.arrays(np.float64, (2, blocks), elements=st.floats(0.05, 2) | st.floats(-2, -0.05)))
    zeros = draw(hnp.arrays(np.float64, (2, blocks), elements=st.floats(0, 15)))
    return BlockLanes(values, weights, blocks, pieces * steps), unit, candidates, zeros


def in_numpy_and_compiled(work):
    twin = pytest.importorskip("qmodel.kernels.compiled.affine_attempts")
    results = []
    for module in (None, twin):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(affine_attempts, "compiled", lambda kernel, size, module=module: module)
            patch.setattr("qmodel.kernels.affine_residuals.compiled", lambda kernel, size: None)
            results.append(b"".join(array.tobytes() for array in work()))
    return results


@settings(deadline=None)  # the first example compiles
@given(attempts(), st.booleans(), st.sampled_from([(-8, 7), (0, 15), (-32768, 32767)]), st.integers(0, 2))
def test_the_compiled_twin_of_scales_gives_the_same_bits(case, with_zeros, codes, refinements):
    lanes, unit, candidates, zeros = case

    def work():
        best = Best.of(unit)
        squares = attempt_scales(
            lanes,
            best,
            candidates[:, 0].tolist(),
            zeros[0] if with_zeros else None,
            minimum=codes[0],
            maximum=codes[1],
            refinements=refinements,
        )
        return best.scale, best.error, squares

    in_numpy, compiled = in_numpy_and_compiled(work)
    assert in_numpy == compiled


def test_the_compiled_twin_works_on_some_blocks_after_others():
    rng = np.random.default_rng(0)
    for pieces in (1, 3):
        values = rng.standard_normal((32, pieces * 2000)).astype(np.float32)
        lanes, unit = BlockLanes(values, np.abs(values), 2000, pieces * 32), rng.random(2000) + 3

        def work(lanes=lanes, unit=unit):
            best = Best.of(unit)
            squares = attempt_scales(lanes, best, [0.3, 0.2], None, minimum=-4, maximum=3, refinements=1)
            return best.scale, best.error, squares

        in_numpy, compiled = in_numpy_and_compiled(work)
        assert in_numpy == compiled


@given(attempts(), st.sampled_from([1, 7, 255, 65535]), st.integers(0, 2))
def test_the_compiled_twin_of_ranges_gives_the_same_bits(case, maximum, refinements):
    lanes, unit, candidates, zeros = case
    low, high = np.where(np.isinf(unit), 0, -zeros), np.where(np.isinf(unit), 0, np.abs(candidates))

    def work():
        best = Best.of(unit)
        parts = [(1.0, 1.0), (0.5, 0.75)]
        attempt_ranges(lanes, best, low[0], high[0], parts, maximum=maximum, refinements=refinements)
        return best.scale, best.zero, best.error

    in_numpy, compiled = in_numpy_and_compiled(work)
    assert in_numpy == compiled


def test_least_squares_find_the_scale_of_exact_multiples():
    codes = np.array([[-3], [1], [2], [3]], np.float32)
    lanes, best = BlockLanes(codes * np.float32(0.7), None, 1, 4), Best.of(np.ones(1))
    squares = attempt_scales(lanes, best, [0.65], None, minimum=-4, maximum=3)
    assert best.scale[0] == pytest.approx(0.7, rel=1e-6)
    assert best.error[0] == pytest.approx(0, abs=1e-7)
    assert squares[0] == 23


def test_least_squares_find_the_range_of_exact_multiples():
    codes = np.array([[0], [1], [2], [3]], np.float32)
    lanes, best = BlockLanes((codes - np.float32(1.3)) * np.float32(0.7), None, 1, 4), Best.of(np.ones(1))
    attempt_ranges(lanes, best, np.array([-0.65 * 1.2]), np.array([0.65 * 1.8]), [(1.0, 1.0)], maximum=3)
    assert best.scale[0] == pytest.approx(0.7, rel=1e-6)
    assert best.zero[0] == pytest.approx(1.3, rel=1e-6)


def test_a_worse_attempt_changes_nothing():
    lanes, best = BlockLanes(np.arange(-4, 4, dtype=np.float32)[:, None], None, 1, 8), Best.of(np.ones(1))
    attempt_scales(lanes, best, [1.0], None, minimum=-4, maximum=3)
    attempt_scales(lanes, best, [3.0], None, minimum=-4, maximum=3)
    assert best.scale[0] == 1
    assert best.error[0] == 0
