"""Compiled twin of `qmodel.kernels.rans`: four lanes at once, so that their chains of dependent steps overlap.

What a stream does not use (classes, a trellis, neighbours, low bits) is None, and the compiler leaves it out. A slot is
looked up in two steps, its symbol and then what is to know of that: of one byte a slot, many tables fit in a cache.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from qmodel.dtypes import Array
from qmodel.errors import InvalidInputError
from qmodel.kernels.compiled import rans_memoryless
from qmodel.kernels.compiled.jit import jit
from qmodel.kernels.compiled.rans_lane import BLOCK, refill, start
from qmodel.kernels.rans_lookup import Lookup
from qmodel.kernels.rans_model import Contexts, Neighbours, Tables

_U = np.uint64
_ZERO, _ONE = _U(0), _U(1)
_WORD_BITS, _WORD_MASK = _U(16), _U(0xFFFF)
_LOWEST_STATE = _U(1 << 16)
# Of what is looked up for a symbol.
_FREQUENCY_SHIFT, _START_MASK = _U(32), _U(0xFFFFFFFF)


def find_tables(indices: Array, contexts: Contexts, tables: Tables | None, found: Array) -> None:
    """As `qmodel.kernels.rans._find_tables`."""
    frequencies = None if tables is None else tables.frequencies
    low_bits, escape, kept = (tables.low_bits, tables.first_escape, tables.kept_bits) if tables else (0, 0, 0)
    _find_tables(indices, *_parts(contexts), frequencies, low_bits, escape, kept, found)


def encode(indices: Array, table_of: Array, run_length: int, tables: Tables) -> tuple[Array, Array]:
    """As `qmodel.kernels.rans.encode`."""
    run_length = min(run_length, indices.size)
    word_counts = np.empty(-(-indices.size // run_length) if indices.size else 0, np.int64)
    words = np.empty(indices.size + 2 * word_counts.size, np.uint16)
    first = _encode(
        indices,
        table_of,
        run_length,
        tables.frequencies,
        tables.starts(),
        (1 << 32) // np.maximum(tables.frequencies, 1).astype(np.uint64),
        tables.total_bits,
        tables.low_bits,
        words,
        word_counts,
    )
    if first < 0:
        raise InvalidInputError("a value to be coded has no frequency in its table")
    return words[first:], word_counts


def decode(words: Array, word_starts: Array, contexts: Contexts, lookup: Lookup, out: Array) -> bool:
    """As `qmodel.kernels.rans.decode`."""
    run_length, classes, transitions, neighbours, reach = _parts(contexts)
    # Bits are moved, whatever they mean: fewer types are compiled.
    bits, tables = np.dtype(f"u{out.itemsize}"), lookup.tables
    sound: bool
    if contexts.is_empty and lookup.has_steps:
        steps, values = lookup.steps
        sound = rans_memoryless.decode(
            words,
            word_starts,
            min(run_length, out.size),
            steps,
            values.view(bits),
            tables.total_bits,
            out.view(bits),
        )
        return sound
    symbols, parts = lookup.by_symbol
    sound = _decode(
        words,
        word_starts,
        min(run_length, out.size),
        classes,
        None if transitions is None else transitions.reshape(-1),
        neighbours,
        reach,
        symbols.reshape(-1),
        parts.reshape(-1),
        parts.shape[1].bit_length() - 1,
        tables.total_bits,
        tables.low_bits or None,
        lookup.values.view(bits),
        out.view(bits),
    )
    return sound


def _parts(contexts: Contexts) -> tuple[int, Array | None, Array | None, Any, int]:
    neighbours: Neighbours | None = contexts.neighbours
    if neighbours is None:
        return contexts.run_length, contexts.classes, contexts.transitions, None, 0
    arrays = (
        neighbours.distances.astype(np.uint64),
        neighbours.weights.astype(np.uint64),
        neighbours.classes,
        neighbours.magnitudes,
    )
    return contexts.run_length, contexts.classes, contexts.transitions, arrays, neighbours.reach


@jit
def _find_tables(
    indices: Array,
    run_length: int,
    classes: Any,
    transitions: Any,
    neighbours: Any,
    reach: int,
    frequencies: Any,
    low_bits: int,
    escape: int,
    kept: int,
    found: Array,
) -> None:
    history = np.zeros(reach + min(run_length, indices.size), np.uint8)
    for first in range(0, indices.size, run_length):
        state = _ZERO
        for step in range(min(run_length, indices.size - first)):
            index, place = _U(indices[first + step]), _U(step + reach)
            table, quantizer = _class_of(classes, neighbours, _U(first + step), history, place), _ZERO
            if transitions is not None:
                quantizer = state & _ONE
                table = (table << _ONE) | quantizer
                state = _U(transitions[state, index & _ONE])
            if frequencies is not None and frequencies[table, index >> _U(low_bits)] == 0:
                index = _U(escape) | (index & _U(kept))
                indices[first + step] = index
            if neighbours is not None:
                history[place] = neighbours[3][quantizer, index]
            found[first + step] = table


@jit
def _encode(
    indices: Array,
    table_of: Array,
    run_length: int,
    frequencies: Array,
    starts: Array,
    reciprocals: Array,
    total_bits: int,
    low_bits: int,
    words: Array,
    word_counts: Array,
) -> int:
    """Fill words from the end; returns the place of the first, or -1."""
    position = words.size
    total, low = _U(total_bits), _U(low_bits)
    low_mask, limit_shift = (_ONE << low) - _ONE, _U(32) - total - low
    for lane in range(word_counts.size - 1, -1, -1):
        state, end = _ONE, position
        for i in range(min((lane + 1) * run_length, indices.size) - 1, lane * run_length - 1, -1):
            index, table = _U(indices[i]), _U(table_of[i])
            frequency = _U(frequencies[table, index >> low])
            if frequency == _ZERO:
                return -1
            # The word is stored anyway, so that no branch depends on chance: there is room for two more of each lane.
            full = state >= frequency << limit_shift
            words[_U(position - 1)] = state & _WORD_MASK
            position -= 1 if full else 0
            state = state >> _WORD_BITS if full else state
            # At most one less than the quotient: reciprocals are rounded down, and a state is below 2^32.
            quotient = (state * reciprocals[table, index >> low]) >> _U(32)
            remainder = state - quotient * frequency
            one_more = remainder >= frequency
            quotient += _U(one_more)
            remainder -= frequency if one_more else _ZERO
            state = (quotient << total) + remainder + _U(starts[table, index >> low])
            state = (state << low) | (index & low_mask)
        if state >= _LOWEST_STATE:
            position -= 2
            words[position], words[position + 1] = state >> _WORD_BITS, state & _WORD_MASK
        elif state > _ONE:
            position -= 1
            words[position] = state
        word_counts[lane] = end - position
    return position


@jit
def _decode(
    words: Array,
    word_starts: Array,
    run_length: int,
    classes: Any,
    transitions: Any,
    neighbours: Any,
    reach: int,
    symbols: Array,
    parts: Array,
    symbol_bits: int,
    total_bits: int,
    low_bits: Any,
    values: Array,
    out: Array,
) -> bool:
    lanes, lane, sound = word_starts.size - 1, 0, True
    model = words, symbols, parts, _U(symbol_bits), _U(total_bits), values
    history = np.zeros((4, reach + run_length if neighbours is not None else 1), np.uint8)
    h0, h1, h2, h3 = history[0], history[1], history[2], history[3]
    # fmt: off
    while (lane + 4) * run_length <= out.size:
        e0, e1, e2, e3 = word_starts[lane + 1], word_starts[lane + 2], word_starts[lane + 3], word_starts[lane + 4]
        x0, p0 = start(words, word_starts[lane], e0)
        x1, p1 = start(words, e0, e1)
        x2, p2 = start(words, e1, e2)
        x3, p3 = start(words, e2, e3)
        s0 = s1 = s2 = s3 = _ZERO
        i0 = lane * run_length
        i1, i2, i3 = i0 + run_length, i0 + 2 * run_length, i0 + 3 * run_length
        done = 0
        while done + BLOCK <= run_length and min(e0 - p0, e1 - p1, e2 - p2, e3 - p3) >= BLOCK:
            for t in range(done, done + BLOCK):
                place = t + reach
                x0, p0, s0 = _element(x0, p0, None, s0, i0 + t, h0, place, model, classes, transitions,
                                      neighbours, low_bits, out)
                x1, p1, s1 = _element(x1, p1, None, s1, i1 + t, h1, place, model, classes, transitions,
                                      neighbours, low_bits, out)
                x2, p2, s2 = _element(x2, p2, None, s2, i2 + t, h2, place, model, classes, transitions,
                                      neighbours, low_bits, out)
                x3, p3, s3 = _element(x3, p3, None, s3, i3 + t, h3, place, model, classes, transitions,
                                      neighbours, low_bits, out)
            done += BLOCK
        for t in range(done, run_length):
            place = t + reach
            x0, p0, s0 = _element(x0, p0, e0, s0, i0 + t, h0, place, model, classes, transitions,
                                  neighbours, low_bits, out)
            x1, p1, s1 = _element(x1, p1, e1, s1, i1 + t, h1, place, model, classes, transitions,
                                  neighbours, low_bits, out)
            x2, p2, s2 = _element(x2, p2, e2, s2, i2 + t, h2, place, model, classes, transitions,
                                  neighbours, low_bits, out)
            x3, p3, s3 = _element(x3, p3, e3, s3, i3 + t, h3, place, model, classes, transitions,
                                  neighbours, low_bits, out)
        sound &= p0 == e0 and p1 == e1 and p2 == e2 and p3 == e3
        sound &= x0 == _ONE and x1 == _ONE and x2 == _ONE and x3 == _ONE
        lane += 4
    while lane < lanes:
        e0, i0, s0 = word_starts[lane + 1], lane * run_length, _ZERO
        x0, p0 = start(words, word_starts[lane], e0)
        for t in range(min(run_length, out.size - i0)):
            x0, p0, s0 = _element(x0, p0, e0, s0, i0 + t, h0, t + reach, model, classes, transitions,
                                  neighbours, low_bits, out)
        sound &= p0 == e0 and x0 == _ONE
        lane += 1
    # fmt: on
    return sound


@jit
def _element(
    x: Any,
    position: Any,
    end: Any,
    state: Any,
    element: Any,
    history: Array,
    place: Any,
    model: Any,
    classes: Any,
    transitions: Any,
    neighbours: Any,
    low_bits: Any,
    out: Array,
) -> tuple[Any, Any, Any]:
    """Decode an element of a lane: the next state of the coder, position of the next word and state of the trellis.

    Masks keep all places in range whatever the words are. An end of None is one that cannot be reached.
    """
    words, symbols, parts, symbol_bits, total_bits, values = model
    table, quantizer = _class_of(classes, neighbours, _U(element), history, _U(place)), _ZERO
    if transitions is not None:
        quantizer = state & _ONE
        table = (table << _ONE) | quantizer
    if low_bits is not None:
        low = x & ((_ONE << _U(low_bits)) - _ONE)
        x >>= _U(low_bits)
    slot = x & ((_ONE << total_bits) - _ONE)
    index = symbol = _U(symbols[(table << total_bits) | slot])
    if low_bits is not None:
        index = (symbol << _U(low_bits)) | low
    if transitions is not None:
        state = _U(transitions[(state << _ONE) | (index & _ONE)])
    if neighbours is not None:
        history[_U(place)] = neighbours[3][quantizer, index]
    out[_U(element)] = values[quantizer, index]
    part = _U(parts[(table << symbol_bits) | symbol])
    x = (part >> _FREQUENCY_SHIFT) * (x >> total_bits) + slot - (part & _START_MASK)
    x, position = refill(x, position, end, words)
    return x, position, state


@jit
def _class_of(classes: Any, neighbours: Any, element: Any, history: Array, place: Any) -> Any:
    """The class of an element; `place` is where the history of its lane will have its magnitude."""
    found = _ZERO if classes is None else _U(classes[element])
    if neighbours is not None:
        distances, weights, class_of_sum, _ = neighbours
        total = _U(history[place - distances[0]]) * weights[0] + _U(history[place - distances[1]]) * weights[1]
        total += _U(history[place - distances[2]]) * weights[2] + _U(history[place - distances[3]]) * weights[3]
        found = _U(class_of_sum[found, total])
    return found
