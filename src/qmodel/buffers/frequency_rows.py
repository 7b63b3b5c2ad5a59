"""One table of a rANS stream as bits (spec/buffers/rans.md, "Tables")."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

from qmodel.buffers.bit_stream import BitReader, BitWriter
from qmodel.buffers.frequency_levels import (
    MAX_LEVEL,
    Levels,
    Prediction,
    Row,
    levels_of_class,
    levels_of_partner,
    predict_from_expected,
    predict_from_line,
    predict_from_mirror,
)
from qmodel.dtypes import Array
from qmodel.errors import CorruptError

MAX_RICE_BITS = 6
NO_DIFFERENCES = 7
_KIND_WIDTH, _RICE_WIDTH, _SCALE_WIDTH = 2, 3, 5
_EDGE_CODE = 0

Predictor: TypeAlias = Callable[[Levels, int], int]


@dataclass(frozen=True, slots=True)
class RowContext:
    """What is known when a row is read.

    Attributes:
        symbols: number of symbols.
        low_bits: how many low bits of each value are not in its symbol.
        mirror: the sum of two symbols whose values are of opposite sign.
        class_before: levels of the same quantizer in the class before; None in the first class.
        partner: levels of quantizer 0 in the same class; None for quantizer 0.
    """

    symbols: int
    low_bits: int
    mirror: int
    class_before: Levels | None
    partner: Levels | None

    @classmethod
    def of(cls, rows: Sequence[Row], symbols: int, lowest: int, low_bits: int, quantizers: int) -> RowContext:
        """The context of the row behind others."""
        number = len(rows)
        second = quantizers == 2 and number % 2 == 1
        return cls(
            symbols=symbols,
            low_bits=low_bits,
            mirror=-2 * lowest - (second or low_bits > 0),
            class_before=rows[number - quantizers].levels if number >= quantizers else None,
            partner=rows[-1].levels if second else None,
        )

    @property
    def support(self) -> tuple[int, int]:
        """The first and the last symbol that are expected to have a level."""
        known = self.partner or self.class_before
        return support_of(known) if known else (0, self.symbols - 1)

    def allows(self, prediction: int) -> bool:
        """Whether a row may be predicted so."""
        needed = {Prediction.CLASS: self.class_before, Prediction.PARTNER: self.partner}
        return prediction not in needed or needed[Prediction(prediction)] is not None

    def predictor(self, prediction: Prediction, scale: int) -> Predictor:
        """What predicts the level of a symbol from those before."""
        if expected := self.expected(prediction, scale):
            return partial(predict_from_expected, expected=expected)
        if prediction is Prediction.MIRROR:
            return partial(predict_from_mirror, middle=self.mirror)
        return predict_from_line

    def expected(self, prediction: Prediction, scale: int) -> list[int] | None:
        """The levels that another row lets expect; None where the prediction is from no other row."""
        if prediction is Prediction.CLASS and self.class_before:
            return levels_of_class(self.class_before, scale)
        if prediction is Prediction.PARTNER and self.partner:
            return levels_of_partner(self.partner, self.low_bits)
        return None


def support_of(levels: Levels, /) -> tuple[int, int]:
    """The first and the last symbol whose level is not 0."""
    first, last = 0, len(levels) - 1
    while not levels[first]:
        first += 1
    while not levels[last]:
        last -= 1
    return first, last


def write_row(row: Row, context: RowContext, bits: BitWriter, /) -> None:
    """Write a row."""
    bits.fixed(row.prediction, _KIND_WIDTH)
    bits.fixed(NO_DIFFERENCES if row.rice_bits is None else row.rice_bits, _RICE_WIDTH)
    if row.prediction is Prediction.CLASS:
        bits.fixed(row.scale, _SCALE_WIDTH)
    first, last = support_of(row.levels)
    expected_first, expected_last = context.support
    bits.exp_golomb(zigzag(first - expected_first), _EDGE_CODE)
    bits.exp_golomb(zigzag(expected_last - last), _EDGE_CODE)
    if row.rice_bits is not None:
        for number in differences(row.levels, context, row.prediction, row.scale):
            bits.rice(number, row.rice_bits)


def row_bits(row: Row, context: RowContext, /) -> int:
    """How many bits `write_row` writes."""
    first, last = support_of(row.levels)
    expected_first, expected_last = context.support
    bits = _KIND_WIDTH + _RICE_WIDTH + (_SCALE_WIDTH if row.prediction is Prediction.CLASS else 0)
    for number in (zigzag(first - expected_first), zigzag(expected_last - last)):
        bits += 2 * (number + (1 << _EDGE_CODE)).bit_length() - 1 - _EDGE_CODE
    if row.rice_bits is not None:
        bits += rice_size(differences(row.levels, context, row.prediction, row.scale), row.rice_bits)
    return bits


def rice_size(numbers: Sequence[int], rice_bits: int, /) -> int:
    """The bits of Rice codes."""
    return sum(number >> rice_bits for number in numbers) + (rice_bits + 1) * len(numbers)


def read_row(context: RowContext, bits: BitReader, /) -> Row:
    """Read a row.

    Raises:
        CorruptError: there is no such row.
    """
    kind = bits.fixed(_KIND_WIDTH)
    if not context.allows(kind):
        raise CorruptError(f"table predicted from a table that does not exist (prediction {kind})")
    prediction = Prediction(kind)
    rice_bits = bits.fixed(_RICE_WIDTH)
    scale = bits.fixed(_SCALE_WIDTH) if prediction is Prediction.CLASS else 0
    expected_first, expected_last = context.support
    first = expected_first + unzigzag(bits.exp_golomb(_EDGE_CODE, 2 * context.symbols))
    last = expected_last - unzigzag(bits.exp_golomb(_EDGE_CODE, 2 * context.symbols))
    if not 0 <= first <= last < context.symbols:
        raise CorruptError(f"table from symbol {first} to {last} of {context.symbols}")
    if rice_bits == NO_DIFFERENCES:
        levels = expected_levels(context, prediction, scale, first, last)
        return Row(tuple(levels), prediction, None, scale)
    predict, levels = context.predictor(prediction, scale), [0] * context.symbols
    numbers = bits.rices(last + 1 - first, rice_bits, 2 * MAX_LEVEL)
    for symbol, number in enumerate(numbers, first):
        levels[symbol] = level = predict(levels, symbol) + unzigzag(number)
        if not 0 <= level <= MAX_LEVEL:
            raise CorruptError(f"level {level} of symbol {symbol}; levels are 0 to {MAX_LEVEL}")
    if not any(levels):
        raise CorruptError("table without a symbol")
    return Row(tuple(levels), prediction, rice_bits, scale)


def rows_of(levels: Array, kinds: Array, /) -> tuple[Row, ...]:
    """The rows that compiled kernels tell.

    Args:
        levels: int64 of shape (rows, symbols).
        kinds: prediction, Rice parameter or `NO_DIFFERENCES`, and scale; int64 of shape (rows, 3).
    """
    return tuple(
        Row(tuple(of_row), Prediction(prediction), None if rice_bits == NO_DIFFERENCES else rice_bits, scale)
        for of_row, (prediction, rice_bits, scale) in zip(levels.tolist(), kinds.tolist(), strict=True)
    )


def expected_levels(context: RowContext, prediction: Prediction, scale: int, first: int, last: int, /) -> list[int]:
    """Levels as expected, at least 1, from a first to a last symbol.

    Raises:
        CorruptError: no other row lets expect levels.
    """
    expected = context.expected(prediction, scale)
    if expected is None:
        raise CorruptError("table without levels, and without a table that they are expected from")
    return [min(max(level, 1), MAX_LEVEL) if first <= symbol <= last else 0 for symbol, level in enumerate(expected)]


def differences(levels: Levels, context: RowContext, prediction: Prediction, scale: int, /) -> list[int]:
    """Levels minus predicted levels, made unsigned, from the first symbol of the support to the last."""
    predict = context.predictor(prediction, scale)
    first, last = support_of(levels)
    return [zigzag(levels[symbol] - predict(levels, symbol)) for symbol in range(first, last + 1)]


def zigzag(number: int, /) -> int:
    """An integer as an unsigned one: 0, 1, −1, 2 are 0, 1, 2, 3."""
    return 2 * number - 1 if number > 0 else -2 * number


def unzigzag(number: int, /) -> int:
    """The integer of an unsigned one."""
    return (number + 1) >> 1 if number & 1 else -(number >> 1)
