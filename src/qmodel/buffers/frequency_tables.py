"""The tables of a rANS stream as bytes (spec/buffers/rans.md, "Tables")."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from qmodel.buffers.bit_stream import BitReader, BitWriter
from qmodel.buffers.frequency_levels import MAX_LEVEL, Row
from qmodel.buffers.frequency_rows import RowContext, read_row, unzigzag, write_row, zigzag
from qmodel.buffers.table_levels import TableLevels
from qmodel.errors import CorruptError
from qmodel.kernels.dispatch import compiled

MAX_CLASSES = 16
MAX_SYMBOLS = 4096
MAX_LOW_BITS = 6
MAX_TABLE_BYTES = 1 << 16
_MAX_LOWEST = 1 << 32
_LOW_BITS_WIDTH, _CLASSES_WIDTH = 3, 4
# A symbol takes Python about as long to read as kernels take for so many elements.
_SYMBOL_WORK = 100
# Parameters of the exponential Golomb codes.
_LOWEST_CODE, _SYMBOLS_CODE, _ESCAPE_CODE = 4, 4, 1


@dataclass(frozen=True, slots=True)
class FrequencyTables:
    """What the tables of a stream say.

    Attributes:
        lowest: symbol 0 stands for the values from lowest * 2^low_bits on.
        low_bits: how many low bits of each value are coded as they are.
        class_of_cell: class of each cell, each class from 0 on at least once; as many classes as cells are in order.
        rows: the table of each class and quantizer.
        escapes: level of the escapes in each row; empty: the stream has none.
    """

    lowest: int
    low_bits: int
    class_of_cell: tuple[int, ...]
    rows: tuple[Row, ...]
    escapes: tuple[int, ...] = ()

    @property
    def table_levels(self) -> TableLevels:
        """What whoever reads them knows."""
        return _levels_of(self.lowest, self.low_bits, self.class_of_cell, self.rows, self.escapes)

    def to_bytes(self, quantizers: int) -> bytes:
        """The tables as bytes."""
        bits, symbols = BitWriter(), len(self.rows[0].levels)
        bits.exp_golomb(zigzag(self.lowest), _LOWEST_CODE)
        bits.fixed(self.low_bits, _LOW_BITS_WIDTH)
        bits.exp_golomb(symbols - 1, _SYMBOLS_CODE)
        bits.fixed(bool(self.escapes), 1)
        _write_cells(self.class_of_cell, bits)
        for number, row in enumerate(self.rows):
            write_row(row, RowContext.of(self.rows[:number], symbols, self.lowest, self.low_bits, quantizers), bits)
            if self.escapes:
                bits.exp_golomb(self.escapes[number], _ESCAPE_CODE)
        return bits.finish()


def read_tables(data: bytes, cells: int, quantizers: int) -> TableLevels:
    """The tables of bytes.

    Args:
        data: as `FrequencyTables.to_bytes` gives.
        cells: number of cells of the context model, at least 1.
        quantizers: tables of each class, 1 or 2.

    Raises:
        CorruptError: the bytes are not tables, or too many.
    """
    if len(data) > MAX_TABLE_BYTES:
        raise CorruptError(f"tables of {len(data)} bytes; at most {MAX_TABLE_BYTES} are allowed")
    bits = BitReader(data)
    lowest = unzigzag(bits.exp_golomb(_LOWEST_CODE, 2 * _MAX_LOWEST))
    low_bits = bits.fixed(_LOW_BITS_WIDTH)
    if low_bits > MAX_LOW_BITS:
        raise CorruptError(f"{low_bits} low bits; at most {MAX_LOW_BITS} are allowed")
    symbols = bits.exp_golomb(_SYMBOLS_CODE, MAX_SYMBOLS - 1) + 1
    has_escapes = bits.fixed(1)
    class_of_cell = _read_cells(cells, bits)
    reader = _TableReader(symbols, lowest, low_bits, class_of_cell, quantizers, has_escapes=bool(has_escapes))
    found = reader.read(data, bits)
    bits.check_end()
    return found


@dataclass(frozen=True, slots=True)
class _TableReader:
    """Reads the tables of streams for which all this is known."""

    symbols: int
    lowest: int
    low_bits: int
    class_of_cell: tuple[int, ...]
    quantizers: int
    has_escapes: bool

    def read(self, data: bytes, bits: BitReader) -> TableLevels:
        count = (max(self.class_of_cell) + 1) * self.quantizers
        if module := compiled("frequency_rows", _SYMBOL_WORK * count * self.symbols):
            levels = np.zeros((count, self.symbols), np.int64)
            escapes = np.zeros(count if self.has_escapes else 0, np.int64)
            view, known = np.frombuffer(data, np.uint8), (self.lowest, self.low_bits, self.quantizers)
            end = module.read_rows(view, bits.position, *known, self.has_escapes, levels, escapes)
            if end >= 0:
                bits.position = end
                return TableLevels(self.lowest, self.low_bits, self.class_of_cell, levels, escapes)
        return self._read_in_python(count, bits)

    def _read_in_python(self, count: int, bits: BitReader) -> TableLevels:
        rows: list[Row] = []
        escapes = []
        for _ in range(count):
            context = RowContext.of(rows, self.symbols, self.lowest, self.low_bits, self.quantizers)
            rows.append(read_row(context, bits))
            if self.has_escapes:
                escapes.append(bits.exp_golomb(_ESCAPE_CODE, MAX_LEVEL))
        return _levels_of(self.lowest, self.low_bits, self.class_of_cell, rows, escapes)


def _levels_of(
    lowest: int, low_bits: int, class_of_cell: tuple[int, ...], rows: Sequence[Row], escapes: Sequence[int]
) -> TableLevels:
    levels = np.array([row.levels for row in rows], np.int64)
    return TableLevels(lowest, low_bits, class_of_cell, levels, np.array(escapes, np.int64))


def _write_cells(class_of_cell: tuple[int, ...], bits: BitWriter) -> None:
    cells, classes = len(class_of_cell), max(class_of_cell) + 1
    if cells == 1:
        return
    bits.fixed(classes - 1, _CLASSES_WIDTH)
    if class_of_cell == tuple(range(cells)):
        return
    width, before = (classes - 1).bit_length(), 0
    for found in class_of_cell:
        bits.fixed(found == before, 1)
        if found != before:
            bits.fixed(found, width)
        before = found


def _read_cells(cells: int, bits: BitReader) -> tuple[int, ...]:
    if cells == 1:
        return (0,)
    classes = bits.fixed(_CLASSES_WIDTH) + 1
    if classes == cells:
        return tuple(range(cells))
    width, before, found = (classes - 1).bit_length(), 0, []
    for _ in range(cells):
        if not bits.fixed(1):
            before = bits.fixed(width)
        found.append(before)
    if set(found) != set(range(classes)):
        raise CorruptError(f"cells are of the classes {sorted(set(found))}; {classes} classes were announced")
    return tuple(found)
