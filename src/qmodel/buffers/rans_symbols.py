"""Which values of those to be coded get symbols of their own."""

from __future__ import annotations

from dataclasses import dataclass
from math import log, log2

import numpy as np

from qmodel.buffers.frequency_tables import MAX_LOW_BITS, MAX_SYMBOLS
from qmodel.buffers.rans_alphabet import MAX_SLOT_BITS
from qmodel.buffers.value_counts import value_counts
from qmodel.dtypes import Array, ElementType
from qmodel.kernels.table_classes import data_bits, table_bits

# About the bits that a symbol costs in a table where it does not occur.
_ABSENT_BITS = 1.3
# A symbol has one of about so many parts of a table at least, which the others of many elements lack.
_PARTS = 1 << 12
# Counts look less even than what they are drawn from, by so many bits a symbol (G. Miller 1955).
_BIAS = 0.5 / log(2)
# Classes have distributions of their own, narrower than that of all values, and lose more by low bits.
_CLASSES_LOSE = 3.0
_ELEMENTS_PER_CLASS, _MOST_CLASSES = 4000, 8
# What is farther from the median is an exception.
_FARTHEST = (1 << 15) - 256


@dataclass(frozen=True, slots=True)
class SymbolRange:
    """The values that have symbols.

    Attributes:
        lowest: symbol 0 stands for the values from lowest * 2^low_bits on.
        low_bits: how many low bits of each value are coded as they are.
        symbols: number of symbols.
        escapes: whether there are other values.
    """

    lowest: int
    low_bits: int
    symbols: int
    escapes: bool

    def of(self, values: Array, /) -> Array:
        """The symbol of each value, uint8 or uint16; of others `symbols`, one more than there are."""
        wide: Array = values.astype(np.int64 if values.itemsize > 2 else np.int32)
        wide >>= self.low_bits
        wide -= self.lowest
        if self.escapes:
            wide[(wide < 0) | (wide >= self.symbols)] = self.symbols
        symbols: Array = wide.astype(np.uint8 if self.symbols < 1 << 8 else np.uint16)
        return symbols


def choose_range(values: Array, element_type: ElementType, quantizers: int, /) -> SymbolRange:
    """The range of symbols that codes values in about the fewest bits.

    Args:
        values: 1-D storage array, not empty.
        element_type: of up to 32 bits.
        quantizers: 1, or 2 for trellis codes.
    """
    distinct, counts = value_counts(values)
    middle = int(distinct[np.searchsorted(np.cumsum(counts), values.size / 2)])
    inside = np.abs(distinct - middle) < _FARTHEST
    distinct, counts = distinct[inside], counts[inside]
    exception_bits = 8 * ((element_type.bits + 7) // 8)
    tables = quantizers * min(max(values.size / _ELEMENTS_PER_CLASS, 1.0), _MOST_CLASSES)
    exact, costs = _entropy(counts), {}
    for low_bits in range(MAX_LOW_BITS + 1):
        symbols = distinct >> low_bits
        by_symbol = np.bincount(symbols - symbols[0], weights=counts).astype(np.int64)
        first, end = _trimmed(by_symbol, exception_bits)
        kept = by_symbol[first:end]
        escapes = int(values.size - kept.sum())
        found = _range(int(symbols[0]) + first, int(symbols[0]) + end, low_bits, quantizers, escapes=escapes > 0)
        bits = _entropy(by_symbol) + low_bits * values.size
        if found.symbols <= min(MAX_SYMBOLS, 1 << MAX_SLOT_BITS - low_bits) - 2:
            lost = max(bits - exact, 0.0)
            table = table_bits(kept[None]) + _ABSENT_BITS * np.count_nonzero(kept == 0)
            costs[found] = _CLASSES_LOSE * lost + escapes * exception_bits + tables * table
            # One low bit more takes a bit of each value, and saves no more than that and the bias of the symbols.
            if _CLASSES_LOSE * (bits - exact - _BIAS * by_symbol.size) > min(costs.values()):
                break
    return min(costs, key=costs.__getitem__)


def _entropy(counts: Array) -> float:
    """Bits of symbols like those that were counted."""
    return float(data_bits(counts[None], 1.0)) + _BIAS * np.count_nonzero(counts)


def _trimmed(counts: Array, exception_bits: int) -> tuple[int, int]:
    """First and end of the symbols that are worth their places in tables: others are exceptions."""
    cumulated = np.cumsum(counts)
    place_bits = np.arange(counts.size) * (_ABSENT_BITS + cumulated[-1] / log(2) / _PARTS)
    escape_bits = exception_bits + log2(_PARTS)
    above = (cumulated[-1] - cumulated) * escape_bits + place_bits
    below = (cumulated - counts) * escape_bits - place_bits
    end = int(above.argmin()) + 1
    return int(below[:end].argmin()), end


def _range(first: int, end: int, low_bits: int, quantizers: int, *, escapes: bool) -> SymbolRange:
    if quantizers == 2 and not low_bits:  # the parity of a symbol is that of its code
        first -= first % 2
        end += (end - first) % 2
    return SymbolRange(first, low_bits, end - first, escapes)
