"""Decoding of rANS streams with one table and nothing else, in the fewest instructions an element.

What `qmodel.kernels.compiled.rans` looks up one after the other, the entry of a slot and the value of its index, is
looked up by the slot here.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from qmodel.dtypes import Array
from qmodel.kernels.compiled.jit import jit
from qmodel.kernels.compiled.rans_lane import BLOCK, refill, start

_U = np.uint64
_ONE = _U(1)
_FREQUENCY_MASK, _OFFSET_SHIFT = _U(0xFFFF), _U(16)


@jit
def decode(
    words: Array,
    word_starts: Array,
    run_length: int,
    steps: Array,
    value_of: Array,
    total_bits: int,
    out: Array,
) -> bool:
    """As `qmodel.kernels.rans.decode`, with the steps of a lookup and their values."""
    lanes, lane, sound, total = word_starts.size - 1, 0, True, _U(total_bits)
    mask = (_ONE << total) - _ONE
    # fmt: off
    while (lane + 4) * run_length <= out.size:
        e0, e1, e2, e3 = word_starts[lane + 1], word_starts[lane + 2], word_starts[lane + 3], word_starts[lane + 4]
        x0, p0 = start(words, word_starts[lane], e0)
        x1, p1 = start(words, e0, e1)
        x2, p2 = start(words, e1, e2)
        x3, p3 = start(words, e2, e3)
        first = lane * run_length
        o0, o1 = out[first : first + run_length], out[first + run_length : first + 2 * run_length]
        first += 2 * run_length
        o2, o3 = out[first : first + run_length], out[first + run_length : first + 2 * run_length]
        done = 0
        while done + BLOCK <= run_length and min(e0 - p0, e1 - p1, e2 - p2, e3 - p3) >= BLOCK:
            for t in range(done, done + BLOCK):
                x0, p0 = _element(x0, p0, None, words, steps, value_of, total, mask, _U(t), o0)
                x1, p1 = _element(x1, p1, None, words, steps, value_of, total, mask, _U(t), o1)
                x2, p2 = _element(x2, p2, None, words, steps, value_of, total, mask, _U(t), o2)
                x3, p3 = _element(x3, p3, None, words, steps, value_of, total, mask, _U(t), o3)
            done += BLOCK
        for t in range(done, run_length):
            x0, p0 = _element(x0, p0, e0, words, steps, value_of, total, mask, _U(t), o0)
            x1, p1 = _element(x1, p1, e1, words, steps, value_of, total, mask, _U(t), o1)
            x2, p2 = _element(x2, p2, e2, words, steps, value_of, total, mask, _U(t), o2)
            x3, p3 = _element(x3, p3, e3, words, steps, value_of, total, mask, _U(t), o3)
        sound &= p0 == e0 and p1 == e1 and p2 == e2 and p3 == e3
        sound &= x0 == _ONE and x1 == _ONE and x2 == _ONE and x3 == _ONE
        lane += 4
    while lane < lanes:
        e0, o0 = word_starts[lane + 1], out[lane * run_length : (lane + 1) * run_length]
        x0, p0 = start(words, word_starts[lane], e0)
        for t in range(o0.size):
            x0, p0 = _element(x0, p0, e0, words, steps, value_of, total, mask, _U(t), o0)
        sound &= p0 == e0 and x0 == _ONE
        lane += 1
    # fmt: on
    return sound


@jit
def _element(
    x: Any,
    position: Any,
    end: Any,
    words: Array,
    steps: Array,
    value_of: Array,
    total_bits: Any,
    mask: Any,
    place: Any,
    out: Array,
) -> tuple[Any, Any]:
    """Decode an element of a lane: the next state and position. An end of None is one that cannot be reached."""
    slot = x & mask
    step = _U(steps[slot])
    out[place] = value_of[slot]
    x = (step & _FREQUENCY_MASK) * (x >> total_bits) + (step >> _OFFSET_SHIFT)
    return refill(x, position, end, words)
