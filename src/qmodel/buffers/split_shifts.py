"""Which numbers, taken from the leading bits of every row and column of floats, make those of all rows alike.

Leading bits are logarithms, so what is taken from them divides: rows and columns of weights differ in scale more than
in anything else. With the scales taken out one frequency table serves all of them, and decoding is as fast as without
contexts.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from qmodel.buffers.entropy import coded_bits
from qmodel.dtypes import Array
from qmodel.kernels.row_shifts import Shifts, shifted

# Finer scales cost more than they save.
_STEPS_PER_OCTAVE = 4
# A scale is a mean of magnitudes: of elements from so many rows for a column, from so many columns for a row.
_SAMPLED = (512, 128)
_PASSES = 2
_LARGEST_OCTAVES = 8
_JUDGED_ELEMENTS = 1 << 17
# About what the message of a buffer takes.
_BUFFER_BITS = 14 * 8


def best_shifts(leading: Array, bits: int, columns: int, octave: int, /) -> Shifts | None:
    """The scales of rows, of columns, or of both, that save most; None: they cost more than they save.

    Args:
        leading: leading bits of a matrix's elements in row-major order; unsigned, 1-D.
        bits: their width.
        columns: length of a row, which divides the number of elements; 0: there are no rows.
        octave: how much leading bits grow from a number to its double.
    """
    if not 1 < columns < leading.size:
        return None
    matrix = leading.reshape(-1, columns)
    rows = slice(None, None, -(-matrix.size // _JUDGED_ELEMENTS))
    judged = np.ascontiguousarray(matrix[rows]).reshape(-1)
    best, least = None, coded_bits(np.bincount(judged), leading.size)
    for shifts in _candidates(matrix, octave):
        alike = shifted(judged, bits, -Shifts(shifts.rows[rows], shifts.columns))
        needed = coded_bits(np.bincount(alike), leading.size) + _own_bits(shifts.rows) + _own_bits(shifts.columns)
        if needed < least:
            best, least = shifts, needed
    return best


def _candidates(matrix: Array, octave: int) -> Iterator[Shifts]:
    row_step, column_step = (-(-length // most) for length, most in zip(matrix.shape, _SAMPLED, strict=True))
    largest = int(matrix.max())
    magnitudes = np.exp2((np.arange(largest + 1) - largest) / octave).astype(np.float32)
    by_row, by_column = magnitudes[matrix[:, ::column_step]], magnitudes[matrix[::row_step]]
    rows, columns = _octaves(by_row.mean(axis=1)), _octaves(by_column.mean(axis=0))
    yield Shifts(_rounded(rows, octave), _rounded(0 * columns, octave))
    yield Shifts(_rounded(0 * rows, octave), _rounded(columns, octave))
    for _ in range(_PASSES):
        columns = _octaves((by_column / np.exp2(rows[::row_step, None])).mean(axis=0))
        rows = _octaves((by_row / np.exp2(columns[::column_step])).mean(axis=1))
    yield Shifts(_rounded(rows, octave), _rounded(columns, octave))


def _octaves(means: Array) -> Array:
    """Logarithms of means relative to their median; 0 for rows of zeros."""
    logarithms = np.log2(means, where=means > 0, out=np.full(means.shape, np.nan, np.float32))
    if np.isnan(logarithms).all():
        return np.zeros(means.shape, np.float32)
    relative = np.nan_to_num(logarithms - np.nanmedian(logarithms))
    octaves: Array = np.clip(relative, -_LARGEST_OCTAVES, _LARGEST_OCTAVES)
    return octaves


def _rounded(octaves: Array, octave: int) -> Array:
    step = max(1, octave // _STEPS_PER_OCTAVE)
    shifts: Array = np.rint(octaves * (octave // step)) * step
    return shifts.astype(np.int16)


def _own_bits(shifts: Array) -> float:
    """About how many bits shifts take; none if all are 0."""
    if not shifts.any():
        return 0.0
    return coded_bits(np.bincount(shifts - shifts.min()), shifts.size) + _BUFFER_BITS
