"""Decoding of rANS streams in NumPy: steps of all lanes at once, in the fewest calls.

States are numbers of 64 bits, which index tables as they are. With a trellis they are doubled: the lowest bit is the
quantizer's, whose tables alternate slot by slot.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from qmodel.dtypes import Array
from qmodel.kernels.rans_lanes import ContextWalk, Lanes
from qmodel.kernels.rans_lookup import Lookup
from qmodel.kernels.rans_model import Contexts, Tables

# Of a Python number NumPy makes an array first, in the time of some hundred elements.
_ONE, _WORD_BITS = np.array(1), np.array(16)
# An element takes one word at most: so many steps need no look at the end of lanes that have as many words each.
_BLOCK_STEPS = 16
# A wide entry, from the lowest bits: the offset in the symbol, the place of the value, the frequency. Offset and
# frequency are scaled as states are.
_OFFSET_MASK, _FREQUENCY_SHIFT = np.array((1 << 17) - 1), np.array(34)
_PLACE_SHIFT, _PLACE_MASK = 17, (1 << 34 - 17) - 1
# With a trellis the lowest bit of a place is the quantizer, the next the parity of the index.
_PARITY = np.array(1 << _PLACE_SHIFT + 1)


def decode(words: Array, word_starts: Array, contexts: Contexts, lookup: Lookup, out: Array) -> bool:
    """As `qmodel.kernels.rans.decode`."""
    lanes = Lanes(out.size, contexts.run_length)
    value_of = np.ascontiguousarray(lookup.values.T).reshape(-1)
    coders = _Coders(words, word_starts, contexts, lookup, lanes)
    for first, places in coders.blocks():
        lanes.store(value_of.take(places, mode="clip"), first, out)
    return coders.ended


class _Coders:
    """The coder of each lane: its state, the position of its next word, and the state of its trellis."""

    def __init__(self, words: Array, word_starts: Array, contexts: Contexts, lookup: Lookup, lanes: Lanes) -> None:
        tables = lookup.tables
        self._lanes, self._walk, self._scale = lanes, ContextWalk(contexts, lanes), contexts.quantizers - 1
        self._words = words.astype(np.int64) << self._scale
        self._entries = _wide_entries(tables, contexts.quantizers)
        self._low_bits, self._slot_bits = tables.low_bits, np.array(tables.total_bits + self._scale)
        self._slot_mask = np.array(((1 << tables.total_bits) - 1) << self._scale)
        self._transitions = None if contexts.transitions is None else _by_parity(contexts.transitions)
        self._trellis = np.zeros(lanes.lanes, np.int64)
        self._lowest_state = np.array(1 << 16 + self._scale)
        self._positions, self._ends = word_starts[:-1].astype(np.int64), word_starts[1:]
        self._states = np.zeros(lanes.lanes, np.int64)
        for _ in range(2):
            self._refill(self._states, self._positions, np.flatnonzero(self._positions < self._ends))
        self._states[word_starts[:-1] == self._ends] = 1 << self._scale

    @property
    def ended(self) -> bool:
        """Whether each lane is where it must end."""
        return bool((self._states == 1 << self._scale).all() and (self._positions == self._ends).all())

    def blocks(self) -> Iterator[tuple[int, Array]]:
        """The first step of each block, and where the values of its elements are: shape (steps, lanes)."""
        lanes = self._lanes
        decoded = np.zeros((_BLOCK_STEPS, lanes.lanes), np.int64)
        cuts = {*range(0, lanes.steps, _BLOCK_STEPS), lanes.steps_of_last, lanes.steps}
        for first, stop in pairwise(sorted(cuts)):
            block = decoded[: stop - first]
            self._decode(first, block[:, : lanes.active(first)])
            yield first, (block >> _PLACE_SHIFT) & _PLACE_MASK

    def _decode(self, first: int, block: Array) -> None:
        """Fill a block of shape (steps, active lanes) with wide entries, the low bits of indices in their places."""
        count, active = block.shape
        states, positions, ends = self._states[:active], self._positions[:active], self._ends[:active]
        words_suffice = int((ends - positions).min()) >= count
        separable = self._walk.separable(first, count, active)
        tables = None if separable is None else separable.astype(np.int64) << self._slot_bits
        slots, scratch, low = np.empty_like(states), np.empty_like(states), np.empty(active, np.bool_)
        for step, row in enumerate(block):
            lowest = self._take_low_bits(states) if self._low_bits else None
            np.bitwise_and(states, self._slot_mask, slots)
            if self._transitions is not None:
                np.bitwise_or(slots, np.bitwise_and(self._trellis[:active], _ONE, scratch), slots)
            if tables is not None:
                np.bitwise_or(slots, tables[step], slots)
            elif self._walk.has_neighbours:
                np.bitwise_or(slots, self._walk.classes(first + step, active) << self._slot_bits, slots)
            self._entries.take(slots, None, row, "clip")
            np.right_shift(states, self._slot_bits, states)
            np.multiply(states, np.right_shift(row, _FREQUENCY_SHIFT, scratch), states)
            np.add(states, np.bitwise_and(row, _OFFSET_MASK, scratch), states)
            np.less(states, self._lowest_state, low)
            if not words_suffice:
                low &= positions < ends
            self._refill(states, positions, low.nonzero()[0])
            if lowest is not None:
                np.bitwise_or(row, lowest << _PLACE_SHIFT + self._scale, row)
            self._go_on(first + step, row, scratch)

    def _take_low_bits(self, states: Array) -> Array:
        lowest: Array = (states >> self._scale) & ((1 << self._low_bits) - 1)
        states >>= self._low_bits + self._scale
        states <<= self._scale
        return lowest

    def _refill(self, states: Array, positions: Array, low: Array) -> None:
        """Give a word to each of some lanes."""
        at, refilled = positions[low], states[low]
        np.left_shift(refilled, _WORD_BITS, refilled)
        states[low] = np.bitwise_or(refilled, self._words[at], refilled)
        positions[low] = np.add(at, _ONE, at)

    def _go_on(self, step: int, row: Array, scratch: Array) -> None:
        """Tell the trellises, and the contexts of later elements, what was decoded."""
        if self._walk.has_neighbours:
            places = (row >> _PLACE_SHIFT) & _PLACE_MASK
            self._walk.remember(step, places >> self._scale, places & self._scale)
        if self._transitions is not None:
            trellis = self._trellis[: row.size]
            np.bitwise_or(np.bitwise_and(row, _PARITY, scratch), trellis, scratch)
            self._transitions.take(scratch, None, trellis, "clip")


def _wide_entries(tables: Tables, quantizers: int) -> Array:
    """int64, 1-D: by class, then by slot, then by quantizer."""
    scale, frequencies = quantizers - 1, tables.frequencies.astype(np.int64)
    places = np.arange(frequencies.shape[1]) << tables.low_bits + scale
    places = places | np.arange(len(frequencies))[:, None] & scale
    of_symbol = (frequencies << _FREQUENCY_SHIFT + scale) | (places << _PLACE_SHIFT)
    of_symbol -= tables.starts().astype(np.int64) << scale
    wide = np.repeat(of_symbol.reshape(-1), frequencies.reshape(-1)).reshape(len(frequencies), -1)
    wide += np.arange(wide.shape[1]) << scale
    return np.ascontiguousarray(wide.reshape(-1, quantizers, wide.shape[1]).swapaxes(1, 2)).reshape(-1)


def _by_parity(transitions: Array) -> Array:
    """The state after each state, with the parity's bit of a place."""
    found = np.zeros(int(_PARITY) + len(transitions), np.int64)
    found[: len(transitions)], found[int(_PARITY) :] = transitions.T
    return found
