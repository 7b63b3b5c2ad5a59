"""What a rANS decoder looks up for each slot, made once for all chunks of a stream."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from qmodel.dtypes import Array
from qmodel.kernels.rans_model import Tables

# Offsets and frequencies fill halves of a step up to this total.
_MAX_TOTAL_BITS_OF_STEPS = 15


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
        return len(tables.frequencies) == 1 and not tables.low_bits and tables.total_bits <= _MAX_TOTAL_BITS_OF_STEPS

    @cached_property
    def steps(self) -> tuple[Array, Array]:
        """For each slot of the one table: offset in its symbol · 2^16 + frequency, uint32; and the symbol's value."""
        frequencies, starts = self.tables.frequencies[0], self.tables.starts()[0]
        of_symbol = frequencies - (starts << np.uint32(16))
        steps = np.repeat(of_symbol, frequencies)
        steps += np.arange(steps.size, dtype=np.uint32) << np.uint32(16)
        return steps, np.repeat(self.values[0], frequencies)
