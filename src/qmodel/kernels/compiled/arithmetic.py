"""Compiled twin of `qmodel.kernels.arithmetic`."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.errors import CorruptError
from qmodel.kernels.arithmetic import Observation, Stream
from qmodel.kernels.compiled.element_coder import FACTOR, FIRST_KNOT, SUMMAND, all_tables, code_element, first_odds
from qmodel.kernels.compiled.element_prediction import Predictor, first_predictor, learn, predict
from qmodel.kernels.compiled.jit import jit
from qmodel.kernels.compiled.range_coder import (
    NUMBER,
    POSITION,
    RANGE,
    ROOM,
    decoder_ends,
    finish,
    first_decoder,
    first_encoder,
    is_exhausted,
    with_room,
)
from qmodel.kernels.convolutional_code import transitions
from qmodel.kernels.element_coder import NODES
from qmodel.kernels.range_coder import BytesLike


def encode(elements: Array, stream: Stream, start: int, /) -> bytes:
    """As `qmodel.kernels.arithmetic.encode`."""
    return bytes(_encode(elements, np.empty((0, 2), np.int64), *_state(stream, start, elements.size)))


def decode(payload: BytesLike, stream: Stream, start: int, count: int, /) -> Array:
    """As `qmodel.kernels.arithmetic.decode`."""
    data = np.frombuffer(payload, np.uint8).copy()  # writable, as those of an encoder: one compilation for both
    elements = np.empty(count, np.int64)
    if not _decode(data, elements, *_state(stream, start, count)):
        raise CorruptError(f"arithmetic payload of {data.size} bytes does not hold {count} elements of its type")
    return elements


def observe(elements: Array, stream: Stream, /) -> Observation:
    """As `qmodel.kernels.arithmetic.observe`."""
    expected = np.empty((elements.size, 2), np.int64)
    state = _state(stream, 0, elements.size)
    _encode(elements, expected, *state)
    odds = state[1].reshape(2, NODES, -1)
    return Observation(expected, odds[:, :, [FACTOR, SUMMAND]], odds[:, :, FIRST_KNOT::2])


def _state(stream: Stream, start: int, count: int) -> tuple[Predictor, Array, Array, Array, Array]:
    """Predictor, odds, tables, bounds of the alphabet, and states of the trellis."""
    layout, alphabet = stream.layout, stream.alphabet
    distances = np.array(layout.distances, np.int64)
    predictor = first_predictor(layout.columns, layout.period, distances, start, count)
    bounds = np.array([alphabet.lowest, alphabet.highest, alphabet.is_trellis], np.int64)
    # Without a trellis there is one state, of quantizer 0.
    after = transitions(stream.trellis_states) if stream.trellis_states else np.zeros((1, 2), np.uint8)
    return predictor, first_odds(), all_tables(), bounds, after.astype(np.int64)


@jit
def _encode(
    elements: Array,
    expected: Array,
    predictor: Predictor,
    odds: Array,
    known: Array,
    bounds: Array,
    after: Array,
) -> Array:
    """The payload; what is expected of each element is noted where there is room."""
    coder, out = first_encoder(), np.empty(ROOM, np.uint8)
    state = 0
    for index in range(elements.size):
        if out.size - coder[POSITION] < ROOM:
            out = with_room(coder, out)
        mean, scale = predict(predictor)
        if expected.size:
            expected[index, 0], expected[index, 1] = mean, scale
        element = code_element(odds, known, coder, out, elements[index], mean, scale, state & 1, bounds)
        learn(predictor, 2 * element + (state & 1))
        state = after[state, element & 1]
    return finish(coder, with_room(coder, out))


@jit
def _decode(
    payload: Array,
    elements: Array,
    predictor: Predictor,
    odds: Array,
    known: Array,
    bounds: Array,
    after: Array,
) -> bool:
    """Whether the payload holds elements of the alphabet and nothing else."""
    coder = first_decoder(payload)
    if coder[NUMBER] >= coder[RANGE] or is_exhausted(coder, payload):
        return False
    state = 0
    for index in range(elements.size):
        mean, scale = predict(predictor)
        element = code_element(odds, known, coder, payload, 0, mean, scale, state & 1, bounds)
        if not bounds[0] <= element <= bounds[1] or is_exhausted(coder, payload):
            return False
        learn(predictor, 2 * element + (state & 1))
        state = after[state, element & 1]
        elements[index] = element
    return decoder_ends(coder, payload)
