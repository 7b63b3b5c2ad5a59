"""What the tables of a rANS stream say once they are read: levels, from which their frequencies follow."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qmodel.buffers.frequency_levels import frequencies_of
from qmodel.dtypes import Array
from qmodel.errors import CorruptError
from qmodel.kernels.rans_model import Tables


@dataclass(frozen=True, slots=True)
class TableLevels:
    """The levels of all tables of a stream.

    Attributes:
        lowest: symbol 0 stands for the values from lowest * 2^low_bits on.
        low_bits: how many low bits of each value are coded as they are.
        class_of_cell: class of each cell, each class from 0 on at least once.
        levels: of the symbols of each class and quantizer, int64 of shape (tables, symbols).
        escapes: of the escapes of each, int64 of shape (tables,); or empty: the stream has none.
    """

    lowest: int
    low_bits: int
    class_of_cell: tuple[int, ...]
    levels: Array
    escapes: Array

    def kernel_tables(self, total_bits: int, quantizers: int) -> Tables:
        """The frequencies.

        Raises:
            CorruptError: a table has more symbols than the frequencies' total.
        """
        levels, escapes = self.levels, _escape_symbols(self.escapes.size > 0, self.low_bits, quantizers)
        if escapes:
            tables, symbols = levels.shape
            levels = np.empty((tables, symbols + escapes), np.int64)
            levels[:, :symbols], levels[:, symbols:] = self.levels, self.escapes[:, None]
        most = int(np.count_nonzero(levels, axis=1).max())
        if most > 1 << total_bits:
            raise CorruptError(f"a table has {most} symbols, the total of its frequencies is 2^{total_bits}")
        return Tables(frequencies_of(levels, 1 << total_bits), total_bits, self.low_bits, escapes)


def _escape_symbols(has_escapes: bool, low_bits: int, quantizers: int, /) -> int:
    """Number of symbols that are escapes: one, or with a trellis one for each parity, unless low bits tell it."""
    if not has_escapes:
        return 0
    return 2 if quantizers == 2 and not low_bits else 1
