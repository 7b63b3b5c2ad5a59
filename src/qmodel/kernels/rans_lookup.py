"""What a rANS decoder looks up for each slot, made once for all chunks of a stream."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from qmodel.dtypes import Array
from qmodel.kernels.rans_model import Tables

# Offsets and frequencies fill halves of a step up to this total.
_MOST_TOTAL_BITS_OF_STEPS = 15
_MOST_BYTE_SYMBOLS = 256


class Lookup:
    """The frequencies of a stream, and what its indices stand for.

    Args:
        tables: the frequencies.
        values: what each index stands for, of shape (quantizers, indices).
    """

    def __init__(self, tables: Tables, values: Array) -> None:
        self.tables, self.values = tables, values

    @property
    def has_steps(self) -> bool:
        """Whether there are `steps`: one table without low bits, whose total is small enough."""
        tables = self.tables
        return len(tables.frequencies) == 1 and not tables.low_bits and tables.total_bits <= _MOST_TOTAL_BITS_OF_STEPS

    @cached_property
    def steps(self) -> tuple[Array, Array]:
        """For each slot of the one table: offset in its symbol · 2^16 + frequency, uint32; and the symbol's value."""
        frequencies, starts = self.tables.frequencies[0], self.tables.starts()[0]
        of_symbol = frequencies - (starts << np.uint32(16))
        steps = np.repeat(of_symbol, frequencies)
        steps += np.arange(steps.size, dtype=np.uint32) << np.uint32(16)
        return steps, np.repeat(self.values[0], frequencies)

    @cached_property
    def by_symbol(self) -> tuple[Array, Array]:
        """Each slot's symbol, and what a decoder needs to know of it: frequency · 2^32 + first slot.

        Returns:
            Symbols, uint8 or uint16 of shape (tables, slots); and uint64 of shape (tables, a power of two).
        """
        frequencies = self.tables.frequencies
        count, symbols = frequencies.shape
        dtype = np.uint8 if symbols <= _MOST_BYTE_SYMBOLS else np.uint16
        slots = np.repeat((np.arange(count * symbols) % symbols).astype(dtype), frequencies.reshape(-1))
        parts = np.zeros((count, 1 << (symbols - 1).bit_length()), np.uint64)
        parts[:, :symbols] = (frequencies.astype(np.uint64) << np.uint64(32)) | self.tables.starts()
        return slots.reshape(count, -1), parts
