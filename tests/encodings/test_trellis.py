import itertools

import ml_dtypes
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from qmodel import dtypes
from qmodel.buffers import Packed, encode_buffer, load
from qmodel.buffers.arithmetic_fit import Arithmetic
from qmodel.buffers.rans_fit import Rans, fit_rans
from qmodel.buffers.storage import stored_bytes
from qmodel.encodings import NodeMemory, RowScaled, Surroundings, Trellis, TrellisNode
from qmodel.encodings.trellis_models import RansModel, coding_models
from qmodel.encodings.weighted_error import relative_mse
from qmodel.errors import CorruptError, InvalidInputError, LimitError
from qmodel.kernels.convolutional_code import STATE_COUNTS
from qmodel.limits import Limits
from qmodel.typed_array import TypedArray
from tests.arrays import weights
from tests.kernels.test_trellis import quantizers_one_by_one

CODINGS = (None, Rans("smallest"), Packed(), Packed("zstd"))
GENERATOR = np.random.default_rng(5)
GAUSSIAN = GENERATOR.standard_normal((40, 250)).astype(np.float32)


def encoded(encoder, array, **options):
    node = encoder.encode(TypedArray.of(array), **options)
    node.check(array.shape, Surroundings())
    values = node.decode(array.shape, NodeMemory())
    assert values.element_type == node.result_type(Surroundings()) == dtypes.F32
    assert values.shape == array.shape
    return node, values.storage


def levels(node):
    """The levels of a node's codes, by the definition of the page."""
    coding = node.codes.coding if node.follows_coding else None
    states, run_length = (coding.trellis_states, coding.run_length) if coding else (node.states, node.run_length)
    codes = load(node.codes, NodeMemory())
    chosen = np.array(quantizers_one_by_one(codes.tolist(), states, run_length), np.int64)
    return 2 * codes.astype(np.int64) + chosen


def bits(node):
    return stored_bytes(node.codes) * 8 / node.codes.count


@pytest.mark.parametrize("wanted", [1e-7, 1e-4, 1e-2, 0.1, 0.3])
@pytest.mark.parametrize("scale", [1.0, 1e-25, 1e25])
def test_the_error_is_what_was_asked_for(wanted, scale):
    array = (GAUSSIAN * scale).astype(np.float64)
    _, decoded = encoded(Trellis(relative_mse=wanted), array)
    assert relative_mse(array, decoded, None) == pytest.approx(wanted, rel=0.01)


@settings(deadline=None, max_examples=50)
@given(weights(), st.sampled_from([1e-5, 1e-3, 0.1]))
def test_the_error_is_not_larger_where_there_is_little_choice(array, wanted):
    values = np.asarray(array, np.float64)
    assume(not values.any() or np.abs(values).max() > 1e-30)
    _, decoded = encoded(Trellis(relative_mse=wanted), array)
    assert relative_mse(values, decoded, None) <= wanted * 1.25 + 1e-9 or not values.any()


@settings(deadline=None, max_examples=50)
@given(
    weights(dtypes=(np.float32, np.float64)),
    st.sampled_from([2.0**-4, 0.3, 7.0]),
    st.sampled_from(STATE_COUNTS),
    st.integers(32, 50),
    st.sampled_from(CODINGS),
)
def test_values_are_levels_times_step(array, step, states, run_length, coding):
    node, decoded = encoded(Trellis(step=step, states=states, run_length=run_length, coding=coding), array)
    assert np.array_equal(decoded.reshape(-1), levels(node).astype(np.float32) * np.float32(node.step))
    assert node.step <= step * 1.001 or not decoded.any()


@pytest.mark.parametrize(("states", "gap"), [(8, 0.095), (256, 0.06)])
def test_bits_are_near_the_bound(states, gap):
    array = GENERATOR.standard_normal(1 << 17).astype(np.float32)
    for wanted in (0.2, 0.03, 0.004):
        node, _ = encoded(Trellis(relative_mse=wanted, states=states, run_length=4096), array)
        assert bits(node) < 0.5 * np.log2(1 / wanted) + gap


def test_more_states_cost_fewer_bits_at_one_error():
    found = [bits(encoded(Trellis(relative_mse=0.03, states=states), GAUSSIAN)[0]) for states in STATE_COUNTS[::2]]
    assert all(more < fewer - 0.001 for fewer, more in itertools.pairwise(found))


def test_rows_and_columns_of_many_sizes_are_used():
    scales = np.exp2(GENERATOR.integers(-2, 3, (200, 1)) + GENERATOR.integers(-2, 3, (1, 250))).astype(np.float32)
    array = GENERATOR.standard_normal((200, 250)).astype(np.float32) * scales
    step = 0.3
    with_contexts, without = (
        bits(encoded(Trellis(step=step, coding=coding), array)[0]) for coding in (Rans(), Packed("zstd"))
    )
    assert with_contexts < without - 0.3


def test_importance_moves_the_error():
    importance = np.where(np.arange(250) < 50, 10.0, 0.1)
    _, decoded = encoded(Trellis(relative_mse=0.02), GAUSSIAN, importance=importance)
    assert relative_mse(GAUSSIAN, decoded, importance) == pytest.approx(0.02, rel=0.01)
    squares = np.square(decoded - GAUSSIAN).mean(axis=0)
    assert squares[:50].mean() < squares[50:].mean() / 2


@pytest.mark.parametrize("importance", [np.zeros(250), np.ones((40, 1)), np.float32(3)])
def test_equal_importance_changes_nothing_but_the_candidates(importance):
    _, decoded = encoded(Trellis(relative_mse=0.02), GAUSSIAN, importance=importance)
    assert relative_mse(GAUSSIAN, decoded, None) == pytest.approx(0.02, rel=0.01)


@pytest.mark.parametrize(
    "array", [np.zeros((3, 4), np.float32), np.zeros((0, 4), np.float32), np.float32(0).reshape(())]
)
@pytest.mark.parametrize("encoder", [Trellis(), Trellis(step=0.1)])
def test_nothing_and_zeros_are_exact(array, encoder):
    _, decoded = encoded(encoder, array)
    assert np.array_equal(decoded, array)


def test_threads_change_nothing(monkeypatch):
    monkeypatch.setattr("qmodel.encodings.trellis_rounds._PIECE_ELEMENTS", 1024)
    one, several = (encoded(Trellis(run_length=100), GAUSSIAN, threads=threads)[0] for threads in (1, 3))
    assert one == several


def test_rows_of_many_sizes_have_one_relative_error():
    rows = GAUSSIAN * np.exp2(np.arange(40) % 9).astype(np.float32)[:, None]
    node = RowScaled(Trellis(relative_mse=0.01)).encode(TypedArray.of(rows))
    decoded = node.decode(rows.shape, NodeMemory()).storage
    assert max(relative_mse(row, found, None) for row, found in zip(rows, decoded, strict=True)) < 0.02


@pytest.mark.parametrize(
    ("array", "words"),
    [
        (np.array([1, np.nan], np.float32), "NaN or infinite"),
        (np.array([1, -np.inf]), "NaN or infinite"),
        (np.array([1e300, 1]), "up to 2\\^127"),
        (np.array([1e-44, 2e-44], np.float32), "normal range"),
        (np.array([1, 2]), "floats"),
    ],
)
def test_refuses_what_it_cannot_hold(array, words):
    with pytest.raises(InvalidInputError, match=words):
        Trellis().encode(TypedArray.of(array))


def test_refuses_runs_that_the_coding_cannot_have():
    with pytest.raises(InvalidInputError, match="32 elements at least"):
        Trellis(run_length=31).encode(TypedArray.of(GAUSSIAN))


def test_refuses_a_step_too_small_for_the_values():
    with pytest.raises(InvalidInputError, match="too small for values up to 5"):
        Trellis(step=1e-8).encode(TypedArray.of(np.array([5.0, 1.0])))


@pytest.mark.parametrize(
    "options",
    [
        {"relative_mse": 0.1, "step": 0.1},
        {"relative_mse": 1.0},
        {"step": 0.0},
        {"states": 6},
        {"run_length": -1},
        {"slope": 0.0},
        {"rounds": 0},
    ],
)
def test_refuses_options_out_of_range(options):
    with pytest.raises(InvalidInputError):
        Trellis(**options)


def coded_by_rans(states, run_length=32):
    codes = (np.arange(100) % 7 - 3).astype(np.int8)
    coding = fit_rans(codes, dtypes.signed(8), run_length=run_length, trellis_states=states)
    return encode_buffer(codes, dtypes.signed(8), coding)


def test_the_coding_that_follows_the_trellis_and_one_that_does_not_give_the_same_values():
    fused, plain = TrellisNode(coded_by_rans(16), 0.25, 0, 0), TrellisNode(coded_by_rans(0), 0.25, 16, 32)
    for node in (fused, plain):
        node.check((100,), Surroundings())
    assert fused.follows_coding
    assert not plain.follows_coding
    one, other = (node.decode((100,), NodeMemory()).storage for node in (fused, plain))
    assert np.array_equal(one, other)
    assert fused.spelled() == plain.spelled() == "trellis(s8, 16 states)"


@pytest.mark.parametrize(("states", "run_length"), [(16, 32), (16, 0), (0, 32)])
def test_check_refuses_states_that_the_coding_says_too(states, run_length):
    with pytest.raises(CorruptError, match="both"):
        TrellisNode(coded_by_rans(16), 0.25, states, run_length).check((100,), Surroundings())


def node_of(codes, step=0.5, states=8, run_length=4, element_type=None):
    stored = encode_buffer(np.array(codes), element_type or dtypes.signed(8), Packed())
    return TrellisNode(stored, step, states, run_length)


@pytest.mark.parametrize(
    "broken",
    [
        {"step": 0.0},
        {"step": -1.0},
        {"step": float("nan")},
        {"step": float("inf")},
        {"step": 2.0**-127},
        {"states": 0},
        {"states": 4096},
        {"run_length": 0},
        {"element_type": dtypes.unsigned(8)},
        {"element_type": dtypes.signed(25)},
    ],
)
def test_check_refuses_what_the_page_forbids(broken):
    element_type = broken.get("element_type", dtypes.signed(8))
    node = node_of(np.zeros(4, element_type.storage), **broken)
    with pytest.raises(CorruptError):
        node.check((4,), Surroundings())


def test_check_refuses_values_beyond_the_limits():
    with pytest.raises(LimitError):
        node_of(np.zeros(8, np.int8)).check((8,), Surroundings(limits=Limits(max_tensor_bytes=31)))


def test_is_spelled_with_its_states():
    assert node_of(np.zeros(4, np.int8)).spelled() == "trellis(s8, 8 states)"


@pytest.mark.parametrize("dtype", [np.float16, ml_dtypes.bfloat16, np.float64])
def test_every_float_type_is_coded(dtype):
    array = GAUSSIAN.astype(dtype)
    _, decoded = encoded(Trellis(relative_mse=0.01), array)
    assert relative_mse(array.astype(np.float64), decoded, None) == pytest.approx(0.01, rel=0.01)


def test_of_several_codings_the_smallest_is_taken():
    smooth = np.cumsum(GENERATOR.standard_normal((60, 80)), axis=1).astype(np.float32)
    for array in (smooth, GAUSSIAN):
        sizes = {}
        for coding in (Rans("smallest"), Arithmetic(), (Rans("smallest"), Arithmetic())):
            node, decoded = encoded(Trellis(relative_mse=1e-3, coding=coding), array)
            assert relative_mse(array, decoded, None) == pytest.approx(1e-3, rel=0.01)
            sizes[coding] = stored_bytes(node.codes)
        *single, both = sizes.values()
        assert both <= min(single) * 1.01
    assert min(single) < max(single)


def test_large_arrays_are_not_coded_slowly_where_there_is_a_choice():
    sides = (1 << 11, (1 << 11) + 1)
    models = [coding_models((Rans(), Arithmetic()), (1 << 11, side), 8, 0) for side in sides]
    assert [len(each) for each in models] == [2, 1]
    assert isinstance(models[1][0], RansModel)
