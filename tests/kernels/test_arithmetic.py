"""Arithmetic coding: both versions agree on every stream, sizes are near the information, and damage does no harm."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qmodel.errors import CorruptError
from qmodel.kernels import arithmetic
from qmodel.kernels.arithmetic import Stream
from qmodel.kernels.convolutional_code import STATE_COUNTS
from qmodel.kernels.element_coder import Alphabet
from qmodel.kernels.element_prediction import Layout

ROWS = Layout(columns=1, period=1, distances=(1, 2))


def stream(lowest, highest, layout=ROWS, states=0):
    return Stream(layout, Alphabet(lowest, highest, is_trellis=states > 0), states)


@st.composite
def chunks(draw):
    """Elements of all sizes, in streams of all kinds."""
    bits = draw(st.sampled_from([1, 2, 3, 4, 8, 12, 16, 32]))
    lowest, highest = draw(st.sampled_from([(-(1 << bits - 1), (1 << bits - 1) - 1), (0, (1 << bits) - 1)]))
    shift = draw(st.sampled_from([0, 0, 1, 3, -(1 << bits - 1)]))
    lowest, highest = lowest + shift, highest + shift
    small = st.integers(max(lowest, -3), max(min(highest, 3), lowest, -3))
    pieces = st.lists(st.integers(lowest, highest) | small | st.sampled_from([lowest, highest]), max_size=40)
    values = [
        value for piece in draw(st.lists(pieces, max_size=4)) for value in piece * draw(st.sampled_from([1, 1, 9]))
    ]
    layout = Layout(
        columns=draw(st.sampled_from([1, 2, 7, 9, 30, 1000, 1 << 40])),
        period=draw(st.sampled_from([1, 2, 3, 9, 64])),
        distances=tuple(sorted(draw(st.sets(st.integers(1, 40) | st.just(1 << 50), max_size=16)))),
    )
    states = draw(st.sampled_from([0, *STATE_COUNTS]))
    start = draw(st.sampled_from([0, 1, 8, 1_000_000]))
    return np.array(values, np.int64), stream(lowest, highest, layout, states), start


@given(chunks())
def test_elements_come_back(chunk):
    elements, known, start = chunk
    payload = arithmetic.encode_plainly(elements, known, start)
    np.testing.assert_array_equal(arithmetic.decode_plainly(payload, known, start, elements.size), elements)


@settings(deadline=None)  # the first example compiles
@given(chunks())
def test_compiled_twin_writes_and_reads_the_same(chunk):
    twin = pytest.importorskip("qmodel.kernels.compiled.arithmetic")
    elements, known, start = chunk
    payload = arithmetic.encode_plainly(elements, known, start)
    assert twin.encode(elements, known, start) == payload
    np.testing.assert_array_equal(twin.decode(payload, known, start, elements.size), elements)


@settings(deadline=None, max_examples=300)
@given(chunks(), st.data())
def test_any_bytes_are_elements_that_encode_to_them_or_corrupt(chunk, data):
    twin = pytest.importorskip("qmodel.kernels.compiled.arithmetic")
    elements, known, start = chunk
    payload = arithmetic.encode_plainly(elements, known, start)
    damaged = bytearray(payload)
    for place in data.draw(st.lists(st.integers(0, max(len(payload) - 1, 0)), max_size=2)) if payload else ():
        damaged[place] ^= data.draw(st.integers(1, 255))
    damaged = bytes(damaged)[: data.draw(st.integers(0, len(damaged)))] + data.draw(st.binary(max_size=9))
    results = []
    for decode in (arithmetic.decode_plainly, twin.decode):
        try:
            results.append(decode(damaged, known, start, elements.size).tolist())
        except CorruptError:
            results.append(None)
    assert results[0] == results[1]
    if results[0] is not None:
        assert arithmetic.encode_plainly(np.array(results[0], np.int64), known, start) == damaged


def test_extreme_elements_exceed_no_register():
    """The reference counts without limit, its twin in 64 bits."""
    twin = pytest.importorskip("qmodel.kernels.compiled.arithmetic")
    rng = np.random.default_rng(0)
    for layout in (ROWS, Layout(3, 3, tuple(range(1, 17))), Layout(1 << 40, 1, (1, 5))):
        known = stream(-(1 << 32), (1 << 32), layout)
        for elements in (
            np.where(np.arange(600) % 2, 1 << 32, -(1 << 32)),
            np.where(rng.random(600) < 0.02, rng.integers(-(1 << 32), 1 << 32, 600), 0),
            np.repeat(rng.integers(-(1 << 32), 1 << 32, 6), 100),
            np.repeat([0, 1 << 14, 0, -(1 << 15)], 700),
        ):
            payload = arithmetic.encode_plainly(elements, known, 0)
            assert twin.encode(elements, known, 0) == payload
            np.testing.assert_array_equal(twin.decode(payload, known, 0, elements.size), elements)


def bits_each(elements, known):
    return 8 * len(arithmetic.encode(elements, known, 0)) / elements.size


def normal(deviation, shape=(100, 200), seed=0):
    return np.rint(np.random.default_rng(seed).normal(0, deviation, shape)).astype(np.int64)


def information_of_normal(deviation):
    """Bits of a normal number that is rounded."""
    edges = (np.arange(-8 * math.ceil(deviation), 8 * math.ceil(deviation) + 2) - 0.5) / deviation
    below = np.array([math.erfc(-edge / math.sqrt(2)) / 2 for edge in edges])
    chances = np.diff(below)
    chances = chances[chances > 0]
    return -float(chances @ np.log2(chances))


@pytest.mark.parametrize("deviation", [0.5, 3, 30, 3000])
def test_normal_elements_take_their_information(deviation):
    elements = normal(deviation).reshape(-1)
    known = stream(-(1 << 15), (1 << 15) - 1, Layout(200, 1, (1, 2, 200)))
    assert bits_each(elements, known) < information_of_normal(deviation) * 1.002 + 0.02


def test_rows_and_columns_have_scales():
    rng = np.random.default_rng(0)
    scales = np.exp2(rng.normal(0, 1, (100, 1)) + rng.normal(0, 1, (1, 200)))
    elements = np.rint(4 * scales * rng.normal(0, 1, scales.shape)).astype(np.int64).reshape(-1)
    wide = (-(1 << 15), (1 << 15) - 1)
    assert bits_each(elements, stream(*wide, Layout(200, 1, (1,)))) < 0.95 * bits_each(elements, stream(*wide))


def test_elements_that_resemble_earlier_ones_take_less():
    kernels = normal(4, (100, 20, 1)) + normal(1.5, (100, 20, 9))
    elements = kernels.reshape(-1)
    wide = (-128, 127)
    alone = bits_each(elements, stream(*wide, Layout(180, 1, (180,))))
    assert bits_each(elements, stream(*wide, Layout(180, 9, (1, 3, 180)))) < 0.8 * alone


@pytest.mark.parametrize("value", [0, 1])
def test_constant_elements_take_next_to_nothing(value):
    elements = np.full(20_000, value, np.int64)
    assert len(arithmetic.encode(elements, stream(0, 1), 0)) < 30


def test_equally_likely_elements_take_their_width():
    elements = np.random.default_rng(0).integers(0, 256, 20_000)
    assert bits_each(elements - 128, stream(-128, 127)) < 8.06


def test_empty_chunk():
    known = stream(-8, 7)
    assert arithmetic.encode(np.empty(0, np.int64), known, 0) == b"\0"
    assert arithmetic.decode(b"\0", known, 0, 0).size == 0
    with pytest.raises(CorruptError):
        arithmetic.decode(b"\1", known, 0, 0)
