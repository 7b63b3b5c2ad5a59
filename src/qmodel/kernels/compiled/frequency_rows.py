"""Compiled twin of `qmodel.buffers.frequency_rows.read_row`, for all rows of a stream (spec/buffers/rans.md, "Tables").

It tells good rows alone: what is wrong with others is found by reading them again in Python.
"""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.kernels.compiled.jit import jit

LINE, MIRROR, CLASS, PARTNER = range(4)
NO_DIFFERENCES = 7
MAX_LEVEL = 4095
_MAX_EXTRA_BITS = 32
_ESCAPE_CODE = 1


@jit
def read_rows(
    data: Array,
    position: int,
    lowest: int,
    low_bits: int,
    quantizers: int,
    has_escapes: bool,
    levels: Array,
    escapes: Array,
) -> int:
    """Read rows.

    Args:
        data: the bytes of the tables.
        position: the bit at which the rows begin.
        lowest: see `TableLevels`.
        low_bits: see `TableLevels`.
        quantizers: tables of each class.
        has_escapes: whether a level of the escapes follows each row.
        levels: filled with the levels; int64 of shape (rows, symbols), zeros.
        escapes: filled with the levels of the escapes; int64 of shape (rows,).

    Returns:
        The bit behind the rows; -1 if one is not as it must be.
    """
    for row in range(len(levels)):
        position = _read_row(data, position, lowest, low_bits, quantizers, levels[: row + 1])
        if position >= 0 and has_escapes:
            escapes[row], position = _read_exp_golomb(data, position, _ESCAPE_CODE, MAX_LEVEL)
        if position < 0:
            return -1
    return position


@jit
def _read_row(data: Array, position: int, lowest: int, low_bits: int, quantizers: int, levels: Array) -> int:
    """Read the last of some rows."""
    number, symbols = len(levels) - 1, levels.shape[1]
    second = quantizers == 2 and number % 2 == 1
    expected = np.zeros(symbols, np.int64)
    prediction, position = _read_fixed(data, position, 2)
    rice_bits, position = _read_fixed(data, position, 3)
    if (prediction == CLASS and number < quantizers) or (prediction == PARTNER and not second):
        return -1
    if prediction == CLASS:
        scale, position = _read_fixed(data, position, 5)
        expect_from_class(levels[number - quantizers], scale, expected)
    elif prediction == PARTNER:
        expect_from_partner(levels[number - 1], low_bits, expected)
    first, last = support(levels[number - 1 if second else max(number - quantizers, 0)])
    above, position = _read_exp_golomb(data, position, 0, 2 * symbols)
    below, position = _read_exp_golomb(data, position, 0, 2 * symbols)
    first, last = first + _unzigzag(above), last - _unzigzag(below)
    if position < 0 or first < 0 or first > last or last >= symbols:
        return -1
    if rice_bits == NO_DIFFERENCES:
        levels[number, first : last + 1] = np.minimum(np.maximum(expected[first : last + 1], 1), MAX_LEVEL)
        return position if prediction >= CLASS else -1
    mirror = -2 * lowest - (1 if second or low_bits else 0) if prediction == MIRROR else -1
    return _read_differences(
        data, position, rice_bits, prediction >= CLASS, expected, mirror, first, last, levels[number]
    )


@jit
def _read_differences(
    data: Array,
    position: int,
    rice_bits: int,
    has_expected: bool,
    expected: Array,
    mirror: int,
    first: int,
    last: int,
    levels: Array,
) -> int:
    """Fill in the levels from a first to a last symbol; a mirror of -1 has none."""
    found = False
    for symbol in range(first, last + 1):
        level = predicted(levels, symbol, has_expected, expected, mirror)
        number, position = _read_rice(data, position, rice_bits, 2 * MAX_LEVEL)
        level += _unzigzag(number)
        if position < 0 or level < 0 or level > MAX_LEVEL:
            return -1
        levels[symbol] = level
        found |= level > 0
    return position if found else -1


@jit
def predicted(levels: Array, symbol: int, has_expected: bool, expected: Array, mirror: int) -> int:
    """A level from those before; a mirror of -1 has none."""
    before = levels[symbol - 1] if symbol else 0
    if has_expected:
        level = expected[symbol] + ((before - expected[symbol - 1]) >> 1 if symbol else 0)
    elif 0 <= mirror - symbol < symbol:
        level = levels[mirror - symbol]
    else:
        level = before + ((before - (levels[symbol - 2] if symbol > 1 else 0)) >> 1)
    level = min(max(level, 0), MAX_LEVEL)
    return int(level)


@jit
def expect_from_class(levels: Array, scale: int, expected: Array) -> None:
    """As `frequency_levels.levels_of_class`."""
    total = (levels * levels).sum()
    for symbol in range(levels.size):
        square = (levels[symbol] * levels[symbol] << (scale + 2)) // total
        root = int(np.sqrt(np.float64(square)))
        while root * root > square:
            root -= 1
        while (root + 1) * (root + 1) <= square:
            root += 1
        expected[symbol] = (root + 1) >> 1


@jit
def expect_from_partner(levels: Array, low_bits: int, expected: Array) -> None:
    """As `frequency_levels.levels_of_partner`."""
    shift = low_bits + 1
    for symbol in range(levels.size):
        following = levels[symbol + 1] if symbol + 1 < levels.size else 0
        expected[symbol] = levels[symbol] + ((following - levels[symbol] + (1 << (shift - 1))) >> shift)


@jit
def support(levels: Array) -> tuple[int, int]:
    """The first and the last symbol with a level; all symbols of a row that was not read yet."""
    present = np.flatnonzero(levels)
    return (present[0], present[-1]) if present.size else (0, levels.size - 1)


@jit
def _unzigzag(number: int) -> int:
    return (number + 1) >> 1 if number & 1 else -(number >> 1)


@jit
def _read_fixed(data: Array, position: int, width: int) -> tuple[int, int]:
    """A number, and the position behind it; the position is -1 from the first error on."""
    if position < 0 or position + width > 8 * data.size:
        return 0, -1
    number = 0
    for bit in range(width):
        number |= (int(data[(position + bit) >> 3]) >> ((position + bit) & 7) & 1) << bit
    return number, position + width


@jit
def _read_zeros(data: Array, position: int, most: int) -> tuple[int, int]:
    """The number of zeros before a one, and the position behind that."""
    zeros = 0
    while 0 <= position < 8 * data.size and zeros <= most:
        if data[position >> 3] >> (position & 7) & 1:
            return zeros, position + 1
        zeros, position = zeros + 1, position + 1
    return 0, -1


@jit
def _read_rice(data: Array, position: int, low_bits: int, maximum: int) -> tuple[int, int]:
    zeros, position = _read_zeros(data, position, maximum >> low_bits)
    low, position = _read_fixed(data, position, low_bits)
    number = zeros << low_bits | low
    return (number, position) if number <= maximum else (0, -1)


@jit
def _read_exp_golomb(data: Array, position: int, low_bits: int, maximum: int) -> tuple[int, int]:
    zeros, position = _read_zeros(data, position, _MAX_EXTRA_BITS)
    rest, position = _read_fixed(data, position, zeros + low_bits)
    number = rest + (1 << (zeros + low_bits)) - (1 << low_bits)
    return (number, position) if number <= maximum else (0, -1)
