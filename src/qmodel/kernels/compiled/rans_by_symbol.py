"""Decoding of rANS streams whose tables are chosen by class or trellis, and not by neighbours.

What a slot says is looked up in two steps, its symbol and then all about the symbol: many tables of one byte a slot fit
in caches that the entries of `qmodel.kernels.compiled.rans` do not fit in.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from qmodel.dtypes import Array
from qmodel.kernels.compiled.jit import jit
from qmodel.kernels.compiled.rans_lane import BLOCK, refill, start

_U = np.uint64
_ZERO, _ONE = _U(0), _U(1)
_FREQUENCY_MASK, _START_SHIFT, _VALUE_SHIFT = _U(0xFFFF), _U(16), _U(32)


@jit
def decode(
    words: Array,
    word_starts: Array,
    run_length: int,
    classes: Any,
    transitions: Any,
    symbols: Array,
    parts: Array,
    symbol_bits: int,
    total_bits: int,
    low_bits: Any,
    values: Any,
    out: Array,
) -> bool:
    """As `qmodel.kernels.rans.decode`, with what `Lookup.by_symbol` gives; classes or transitions may be None.

    With low bits, the values of indices are given; without, both are None.
    """
    lanes, lane, sound = word_starts.size - 1, 0, True
    model = words, symbols, parts, _U(symbol_bits), _U(total_bits)
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
                x0, p0, s0 = _element(x0, p0, None, s0, i0 + t, model, classes, transitions, low_bits, values, out)
                x1, p1, s1 = _element(x1, p1, None, s1, i1 + t, model, classes, transitions, low_bits, values, out)
                x2, p2, s2 = _element(x2, p2, None, s2, i2 + t, model, classes, transitions, low_bits, values, out)
                x3, p3, s3 = _element(x3, p3, None, s3, i3 + t, model, classes, transitions, low_bits, values, out)
            done += BLOCK
        for t in range(done, run_length):
            x0, p0, s0 = _element(x0, p0, e0, s0, i0 + t, model, classes, transitions, low_bits, values, out)
            x1, p1, s1 = _element(x1, p1, e1, s1, i1 + t, model, classes, transitions, low_bits, values, out)
            x2, p2, s2 = _element(x2, p2, e2, s2, i2 + t, model, classes, transitions, low_bits, values, out)
            x3, p3, s3 = _element(x3, p3, e3, s3, i3 + t, model, classes, transitions, low_bits, values, out)
        sound &= p0 == e0 and p1 == e1 and p2 == e2 and p3 == e3
        sound &= x0 == _ONE and x1 == _ONE and x2 == _ONE and x3 == _ONE
        lane += 4
    # fmt: on
    while lane < lanes:
        e0, i0, s0 = word_starts[lane + 1], lane * run_length, _ZERO
        x0, p0 = start(words, word_starts[lane], e0)
        for t in range(min(run_length, out.size - i0)):
            x0, p0, s0 = _element(x0, p0, e0, s0, i0 + t, model, classes, transitions, low_bits, values, out)
        sound &= p0 == e0 and x0 == _ONE
        lane += 1
    return sound


@jit
def _element(
    x: Any,
    position: Any,
    end: Any,
    state: Any,
    element: Any,
    model: Any,
    classes: Any,
    transitions: Any,
    low_bits: Any,
    values: Any,
    out: Array,
) -> tuple[Any, Any, Any]:
    """Decode an element of a lane: the next state of the coder, position of the next word and state of the trellis."""
    words, symbols, parts, symbol_bits, total_bits = model
    table, quantizer = _ZERO if classes is None else _U(classes[_U(element)]), _ZERO
    if transitions is not None:
        quantizer = state & _ONE
        table = (table << _ONE) | quantizer
    if low_bits is not None:
        low = x & ((_ONE << _U(low_bits)) - _ONE)
        x >>= _U(low_bits)
    slot = x & ((_ONE << total_bits) - _ONE)
    symbol = _U(symbols[(table << total_bits) | slot])
    part = _U(parts[(table << symbol_bits) | symbol])
    x = (part & _FREQUENCY_MASK) * (x >> total_bits) + slot - ((part >> _START_SHIFT) & _FREQUENCY_MASK)
    x, position = refill(x, position, end, words)
    if low_bits is None:
        index = symbol
        out[_U(element)] = part >> _VALUE_SHIFT
    else:
        index = (symbol << _U(low_bits)) | low
        out[_U(element)] = values[quantizer, index]
    if transitions is not None:
        state = _U(transitions[(state << _ONE) | (index & _ONE)])
    return x, position, state
