import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qmodel.errors import InvalidInputError
from qmodel.kernels import shuffle

WIDTHS = st.sampled_from((2, 4, 8))


def bytes_of_elements(width):
    return st.integers(0, 100).flatmap(lambda count: st.binary(min_size=count * width, max_size=count * width))


def test_planes_follow_each_other():
    data = np.array([1, 2, 3, 4, 5, 6, 7, 8], np.uint8)
    assert shuffle.shuffle(data, 2).tolist() == [1, 3, 5, 7, 2, 4, 6, 8]
    assert shuffle.shuffle(data, 4).tolist() == [1, 5, 2, 6, 3, 7, 4, 8]
    assert shuffle.shuffle(data, 8).tolist() == data.tolist()


@given(st.data(), WIDTHS)
def test_unshuffle_undoes_shuffle(data, width):
    source = np.frombuffer(data.draw(bytes_of_elements(width)), np.uint8)
    shuffled = shuffle.shuffle(source, width)
    assert [shuffled[b * (source.size // width)] for b in range(width) if source.size] == source[:width].tolist()
    np.testing.assert_array_equal(shuffle.unshuffle(shuffled, width), source)


@settings(deadline=None)  # the first example compiles
@given(st.data(), WIDTHS)
def test_compiled_twin_moves_the_same_bytes(data, width):
    compiled = pytest.importorskip("qmodel.kernels.compiled.shuffle")
    source = np.frombuffer(data.draw(bytes_of_elements(width)), np.uint8)
    for name in ("shuffle_into", "unshuffle_into"):
        expected = getattr(shuffle, name)(source, width, np.empty_like(source))
        np.testing.assert_array_equal(getattr(compiled, name)(source, width, np.empty_like(source)), expected)


@pytest.mark.parametrize("width", [2, 4, 8])
def test_large_arrays_take_the_dispatched_path(width):
    source = np.arange((1 << 20) + 8).astype(np.uint8)
    expected = source.reshape(-1, width).T.reshape(-1)
    np.testing.assert_array_equal(shuffle.shuffle(source, width), expected)
    np.testing.assert_array_equal(shuffle.unshuffle(expected, width), source)


def test_out_is_filled_and_returned():
    source = np.arange(16, dtype=np.uint8)
    out = np.empty_like(source)
    assert shuffle.unshuffle(shuffle.shuffle(source, 4), 4, out=out) is out
    np.testing.assert_array_equal(out, source)


@pytest.mark.parametrize("out", [np.empty(8, np.uint8), np.empty(16, np.int8), np.empty(32, np.uint8)[::2]])
def test_other_outs_are_refused(out):
    with pytest.raises(InvalidInputError, match="out must be"):
        shuffle.unshuffle(np.zeros(16, np.uint8), 4, out=out)


@pytest.mark.parametrize(
    ("data", "width"),
    [
        (np.zeros(6, np.uint8), 4),
        (np.zeros(6, np.uint8), 3),
        (np.zeros(4, np.int8), 4),
        (np.zeros((2, 4), np.uint8), 4),
    ],
)
def test_other_data_are_refused(data, width):
    with pytest.raises(InvalidInputError):
        shuffle.shuffle(data, width)
