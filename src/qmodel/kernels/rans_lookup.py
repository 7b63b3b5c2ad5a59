"""What a rANS decoder looks up for each slot, made once for all chunks of a stream."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from qmodel.dtypes import Array, bits_of
from qmodel.kernels.rans_model import Tables

# Frequencies, and places of slots, fill 16 bits each up to this total.
_MOST_TOTAL_BITS = 15
_MOST_SYMBOLS = 256


class Lookup:
    """The frequencies of a stream, and what its indices stand for.

    Args:
        tables: the frequencies.
        values: what each index stands for, of shape (quantizers, indices).
    """

    def __init__(self, tables: Tables, values: Array) -> None:
        self.tables, self.values = tables, values

    @cached_property
    def entries(self) -> Array:
        """See `Tables.entries`."""
        return self.tables.entries()

    @property
    def has_steps(self) -> bool:
        """Whether there are `steps`: one table without low bits, whose total is small enough."""
        tables = self.tables
        return len(tables.frequencies) == 1 and not tables.low_bits and tables.total_bits <= _MOST_TOTAL_BITS

    @cached_property
    def steps(self) -> tuple[Array, Array]:
        """For each slot of the one table: offset in its symbol · 2^16 + frequency, uint32; and the symbol's value."""
        frequencies, starts = self.tables.frequencies[0], self.tables.starts()[0]
        of_symbol = frequencies - (starts << np.uint32(16))
        steps = np.repeat(of_symbol, frequencies)
        steps += np.arange(steps.size, dtype=np.uint32) << np.uint32(16)
        return steps, np.repeat(self.values[0], frequencies)

    @property
    def has_few_symbols(self) -> bool:
        """Whether there is what `by_symbol` gives: the total, symbols and values are small enough."""
        tables = self.tables
        few = tables.frequencies.shape[1] <= _MOST_SYMBOLS and self.values.itemsize <= np.uint32().itemsize
        return few and tables.total_bits <= _MOST_TOTAL_BITS

    @cached_property
    def by_symbol(self) -> tuple[Array, Array]:
        """Each slot's symbol, uint8 of shape (tables, slots); and all about each symbol of each table.

        That is, from the highest bits: 32 of its value, 16 of its first slot, 16 of its frequency: uint64 of shape
        (tables, a power of two). With low bits a symbol has no value.
        """
        frequencies = self.tables.frequencies
        count, symbols = frequencies.shape
        slots = np.repeat(np.arange(count * symbols) % symbols, frequencies.reshape(-1)).astype(np.uint8)
        parts = np.zeros((count, 1 << (symbols - 1).bit_length()), np.uint64)
        parts[:, :symbols] = (self.tables.starts().astype(np.uint64) << np.uint64(16)) | frequencies
        if not self.tables.low_bits:
            for quantizer, row in enumerate(bits_of(self.values).astype(np.uint64) << np.uint64(32)):
                parts[quantizer :: len(self.values), :symbols] |= row
        return slots.reshape(count, -1), parts
