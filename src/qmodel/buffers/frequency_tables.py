"""The tables of a rANS stream as bytes (spec/buffers/rans.md, "Tables")."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qmodel.buffers.bit_stream import BitReader, BitWriter
from qmodel.buffers.frequency_levels import (
    MAX_LEVEL,
    Levels,
    Prediction,
    Predictor,
    frequencies_of,
    line_predictor,
    mirror_predictor,
    reference_predictor,
    scale_of,
)
from qmodel.errors import CorruptError
from qmodel.kernels.rans_model import Tables

MAX_CLASSES = 16
MAX_SYMBOLS = 4096
MAX_LOW_BITS = 6
MAX_TABLE_BYTES = 1 << 16
_MAX_LOWEST = 1 << 31
_RICE_WIDTH, _MAX_RICE = 3, 7
# Parameters of the exponential Golomb codes.
_LOWEST_CODE, _SYMBOLS_CODE, _EDGE_CODE, _ESCAPE_CODE = 4, 4, 0, 1


@dataclass(frozen=True, slots=True)
class FrequencyTables:
    """What the tables of a stream say.

    Attributes:
        lowest: symbol 0 stands for the values from lowest * 2^low_bits on.
        low_bits: how many low bits of each value are coded as they are.
        class_of_cell: class of each cell, each class from 0 on at least once.
        levels: a row for each class and quantizer, of a level for each symbol.
        escapes: level of the escapes in each row; empty: the stream has none.
    """

    lowest: int
    low_bits: int
    class_of_cell: tuple[int, ...]
    levels: tuple[tuple[int, ...], ...]
    escapes: tuple[int, ...] = ()

    @property
    def symbols(self) -> int:
        """Number of symbols, without escapes."""
        return len(self.levels[0])

    def escape_symbols(self, quantizers: int) -> int:
        """Number of symbols that are escapes: with a trellis one for each parity, unless low bits tell it."""
        if not self.escapes:
            return 0
        return 2 if quantizers == 2 and not self.low_bits else 1

    def frequency_tables(self, total_bits: int, quantizers: int) -> Tables:
        """The frequencies.

        Raises:
            CorruptError: a row has no symbol, or more than the frequencies' total.
        """
        count = self.escape_symbols(quantizers)
        levels = np.array(self.levels, np.int64)
        if count:
            levels = np.hstack([levels, np.repeat(np.array(self.escapes, np.int64)[:, None], count, axis=1)])
        present = (levels > 0).sum(axis=1)
        if not present.all() or present.max() > 1 << total_bits:
            raise CorruptError(f"a table has {present.min()} to {present.max()} symbols, its total is 2^{total_bits}")
        return Tables(frequencies_of(levels, 1 << total_bits), total_bits, self.low_bits, count)


def tables_to_bytes(tables: FrequencyTables, quantizers: int, /) -> bytes:
    """The shortest bytes for tables."""
    bits = BitWriter()
    bits.exp_golomb(_zigzag(tables.lowest), _LOWEST_CODE)
    bits.fixed(tables.low_bits, 3)
    bits.exp_golomb(tables.symbols - 1, _SYMBOLS_CODE)
    bits.fixed(bool(tables.escapes), 1)
    _write_cells(tables.class_of_cell, bits)
    for number, levels in enumerate(tables.levels):
        reference = tables.levels[_reference(number, quantizers)] if number else None
        _write_levels(levels, reference, -tables.lowest, bits)
        if tables.escapes:
            bits.exp_golomb(tables.escapes[number], _ESCAPE_CODE)
    return bits.finish()


def tables_from_bytes(data: bytes, cells: int, quantizers: int, /) -> FrequencyTables:
    """The tables of bytes.

    Args:
        data: as written by `tables_to_bytes`.
        cells: number of cells of the context model, at least 1.
        quantizers: tables of each class, 1 or 2.

    Raises:
        CorruptError: the bytes are not tables, or too many.
    """
    if len(data) > MAX_TABLE_BYTES:
        raise CorruptError(f"tables of {len(data)} bytes; at most {MAX_TABLE_BYTES} are allowed")
    bits = BitReader(data)
    lowest = _unzigzag(bits.exp_golomb(_LOWEST_CODE, 2 * _MAX_LOWEST))
    low_bits = bits.fixed(3)
    if low_bits > MAX_LOW_BITS:
        raise CorruptError(f"{low_bits} low bits; at most {MAX_LOW_BITS} are allowed")
    symbols = bits.exp_golomb(_SYMBOLS_CODE, MAX_SYMBOLS - 1) + 1
    has_escapes = bits.fixed(1)
    class_of_cell = _read_cells(cells, bits)
    levels: list[tuple[int, ...]] = []
    escapes = []
    for number in range((max(class_of_cell) + 1) * quantizers):
        reference = levels[_reference(number, quantizers)] if number else None
        levels.append(_read_levels(symbols, reference, -lowest, bits))
        if has_escapes:
            escapes.append(bits.exp_golomb(_ESCAPE_CODE, MAX_LEVEL))
    bits.check_end()
    return FrequencyTables(lowest, low_bits, class_of_cell, tuple(levels), tuple(escapes))


def _reference(number: int, quantizers: int) -> int:
    """The row before of the same quantizer; of the first class, the row before."""
    return number - (quantizers if number >= quantizers else 1)


def _write_cells(class_of_cell: tuple[int, ...], bits: BitWriter) -> None:
    cells, classes = len(class_of_cell), max(class_of_cell) + 1
    if cells == 1:
        return
    bits.fixed(classes - 1, 4)
    if class_of_cell == tuple(range(cells)):
        return
    width = (classes - 1).bit_length()
    before = 0
    for found in class_of_cell:
        bits.fixed(found == before, 1)
        if found != before:
            bits.fixed(found, width)
        before = found


def _read_cells(cells: int, bits: BitReader) -> tuple[int, ...]:
    if cells == 1:
        return (0,)
    classes = bits.fixed(4) + 1
    if classes == cells:
        return tuple(range(cells))
    width, before = (classes - 1).bit_length(), 0
    found = []
    for _ in range(cells):
        if not bits.fixed(1):
            before = bits.fixed(width)
        found.append(before)
    if set(found) != set(range(classes)):
        raise CorruptError(f"cells have the classes {sorted(set(found))}, not all of {classes} classes and no others")
    return tuple(found)


def _write_levels(levels: Levels, reference: Levels | None, zero: int, bits: BitWriter) -> None:
    first, last = _support(levels)
    scale = scale_of(levels)
    kinds = [Prediction.LINE, Prediction.MIRROR] + ([Prediction.REFERENCE] if reference else [])
    coded = {}
    for kind in kinds:
        predict = _predictor(kind, zero, reference, scale)
        coded[kind] = [_zigzag(levels[symbol] - predict(levels, symbol)) for symbol in range(first, last + 1)]
    kind, low_bits = min(
        ((kind, low) for kind in kinds for low in range(_MAX_RICE + 1)), key=lambda choice: _cost(coded, *choice)
    )
    bits.fixed(kind, 2)
    bits.fixed(low_bits, _RICE_WIDTH)
    if kind is Prediction.REFERENCE:
        bits.fixed(scale, 5)
    first_expected, last_expected = _support(reference) if reference else (0, len(levels) - 1)
    bits.exp_golomb(_zigzag(first - first_expected), _EDGE_CODE)
    bits.exp_golomb(_zigzag(last_expected - last), _EDGE_CODE)
    for number in coded[kind]:
        bits.rice(number, low_bits)


def _cost(coded: dict[Prediction, list[int]], kind: Prediction, low_bits: int) -> int:
    numbers = coded[kind]
    scale_bits = 5 if kind is Prediction.REFERENCE else 0
    return sum(number >> low_bits for number in numbers) + low_bits * len(numbers) + scale_bits


def _read_levels(symbols: int, reference: Levels | None, zero: int, bits: BitReader) -> tuple[int, ...]:
    kind = bits.fixed(2)
    if kind not in list(Prediction) or (kind == Prediction.REFERENCE and not reference):
        raise CorruptError(
            f"table predicted in way {kind}, which does not exist{'' if reference else ' for the first'}"
        )
    low_bits = bits.fixed(_RICE_WIDTH)
    predict = _predictor(Prediction(kind), zero, reference, bits.fixed(5) if kind == Prediction.REFERENCE else 0)
    first_expected, last_expected = _support(reference) if reference else (0, symbols - 1)
    first = first_expected + _unzigzag(bits.exp_golomb(_EDGE_CODE, 2 * symbols))
    last = last_expected - _unzigzag(bits.exp_golomb(_EDGE_CODE, 2 * symbols))
    if not 0 <= first <= last < symbols:
        raise CorruptError(f"table from symbol {first} to {last} of {symbols}")
    levels = [0] * symbols
    for symbol in range(first, last + 1):
        level = predict(levels, symbol) + _unzigzag(bits.rice(low_bits, 2 * MAX_LEVEL))
        if not 0 <= level <= MAX_LEVEL:
            raise CorruptError(f"level {level} of symbol {symbol}; levels are 0 to {MAX_LEVEL}")
        levels[symbol] = level
    if not any(levels):
        raise CorruptError("table without a symbol")
    return tuple(levels)


def _predictor(kind: Prediction, zero: int, reference: Levels | None, scale: int) -> Predictor:
    if kind is Prediction.REFERENCE and reference:
        return reference_predictor(reference, scale)
    return mirror_predictor(zero) if kind is Prediction.MIRROR else line_predictor


def _support(levels: Levels) -> tuple[int, int]:
    """The first and the last symbol whose level is not 0."""
    present = [symbol for symbol, level in enumerate(levels) if level]
    return present[0], present[-1]


def _zigzag(number: int) -> int:
    return 2 * number - 1 if number > 0 else -2 * number


def _unzigzag(number: int) -> int:
    return (number + 1) // 2 if number % 2 else -number // 2
