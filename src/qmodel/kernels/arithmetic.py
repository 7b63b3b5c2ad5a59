"""Adaptive arithmetic coding of integers that lie in rows and columns (spec/buffers/arithmetic.md).

Every element is predicted from those before it, coded as a few binary decisions with the odds that follow from the
prediction, and learned from. This version is the reference: some ten thousand elements a second; its compiled twin
does a few million.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from qmodel.dtypes import Array
from qmodel.kernels.convolutional_code import transitions
from qmodel.kernels.dispatch import compiled
from qmodel.kernels.element_coder import Alphabet, ElementCoder, Expectation
from qmodel.kernels.element_prediction import ElementPredictor, Layout
from qmodel.kernels.range_coder import BitDecoder, BitEncoder, BytesLike

# An element takes so many times as long in Python as an element of an array in NumPy.
_WORK_OF_AN_ELEMENT = 128


@dataclass(frozen=True, slots=True)
class Stream:
    """All that both sides know of a stream.

    Attributes:
        layout: how the elements lie.
        alphabet: what they may be.
        trellis_states: number of states of the trellis whose codes they are, of which a chunk is a run; 0: none.
    """

    layout: Layout
    alphabet: Alphabet
    trellis_states: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Observation:
    """What is known after elements were encoded; int64.

    Attributes:
        expected: mean and scale of each element, of shape (elements, 2); see `Expectation`.
        lines: factor and summand of all `AdaptiveOdds`, of shape (2, `NODES`, 2).
        knots: their knots, of shape (2, `NODES`, `KNOTS`).
    """

    expected: Array
    lines: Array
    knots: Array


def encode(elements: Array, stream: Stream, start: int, /) -> bytes:
    """Encode a chunk.

    Args:
        elements: int64, 1-D, all in the alphabet.
        stream: what is known of them.
        start: position of the first in its buffer.
    """
    module = compiled("arithmetic", elements.size * _WORK_OF_AN_ELEMENT)
    payload: bytes = (module.encode if module else encode_plainly)(elements, stream, start)
    return payload


def decode(payload: BytesLike, stream: Stream, start: int, count: int, /) -> Array:
    """Decode a chunk.

    Args:
        payload: of the chunk.
        stream: what is known of it.
        start: position of the first element in its buffer.
        count: number of elements.

    Returns:
        int64 of shape (count,).

    Raises:
        CorruptError: the payload is not what `encode` makes of any such elements.
    """
    module = compiled("arithmetic", count * _WORK_OF_AN_ELEMENT)
    elements: Array = (module.decode if module else decode_plainly)(payload, stream, start, count)
    return elements


def observe(elements: Array, stream: Stream, /) -> Observation:
    """Encode elements from the start of a buffer, for what is learned from it.

    Args:
        elements: int64, 1-D, all in the alphabet.
        stream: what is known of them.
    """
    module = compiled("arithmetic", elements.size * _WORK_OF_AN_ELEMENT)
    observation: Observation = (module.observe if module else observe_plainly)(elements, stream)
    return observation


def encode_plainly(elements: Array, stream: Stream, start: int, /) -> bytes:
    """As `encode`: the reference."""
    coder = BitEncoder()
    for _ in _coded(ElementCoder(coder, stream.alphabet), elements.tolist(), stream, start):
        pass
    return coder.finish()


def decode_plainly(payload: BytesLike, stream: Stream, start: int, count: int, /) -> Array:
    """As `decode`: the reference."""
    coder = BitDecoder(payload)
    coded = _coded(ElementCoder(coder, stream.alphabet), [0] * count, stream, start)
    elements = np.fromiter((element for element, _ in coded), np.int64, count)
    coder.check_end()
    return elements


def observe_plainly(elements: Array, stream: Stream, /) -> Observation:
    """As `observe`: the reference."""
    coder = ElementCoder(BitEncoder(), stream.alphabet)
    expected = [each for _, each in _coded(coder, elements.tolist(), stream, 0)]
    return Observation(
        np.array([[each.mean, each.scale] for each in expected], np.int64).reshape(-1, 2),
        np.array([[[odds.factor, odds.summand] for odds in group] for group in coder.odds], np.int64),
        np.array([[odds.knots for odds in group] for group in coder.odds], np.int64),
    )


def _coded(
    coder: ElementCoder, elements: Sequence[int], stream: Stream, start: int
) -> Iterator[tuple[int, Expectation]]:
    """The elements as they are coded, and what was expected of them; a decoder disregards those it is given."""
    predictor = ElementPredictor(stream.layout, start, len(elements))
    after = transitions(stream.trellis_states).tolist() if stream.trellis_states else [(0, 0)]
    state = 0
    for element in elements:
        expected = Expectation(*predictor.predict(), state & 1)
        coded = coder.code(element, expected)
        predictor.learn(2 * coded + expected.quantizer)
        state = after[state][coded & 1]
        yield coded, expected
