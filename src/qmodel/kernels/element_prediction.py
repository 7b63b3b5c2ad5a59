"""What is expected of an element, from those before it: the reference (spec/buffers/arithmetic.md, "Prediction").

The mean is linear in earlier levels, with weights that normalised least mean squares adapt (Widrow and Hoff 1960;
Nagumo and Noda 1967), as lossless coders of sound and images do. The scale is that of the row times that of the column.
"""

from __future__ import annotations

from dataclasses import dataclass

# Levels are limited to 16 bits and a sign; means, residuals and scales are in 1/256 level.
MAX_LEVEL = 0xFFFF
UNIT_BITS = 8
MAX_MEAN = 1 << 24
# Inputs of the mean are in 1/16 level, its weights in 1/2^20.
INPUT_BITS = 4
WEIGHT_LIMIT = 1 << 23
# Weights move by 1311 / 2^16, 1/50, of what would have made the mean right.
LEARNING_RATE = 1311
REGULARISATION = 12
# Counts, and the sums that belong to them, are halved where they get there; means start with so many elements at 0.
COLUMN_LIMIT, ROW_LIMIT = 128, 512
MEAN_PRIOR, COLUMN_MEAN_FACTOR = 4, 4
# How many elements of the mean scale a column, and a row, starts with.
COLUMN_PRIOR, ROW_PRIOR = 8, 12
# Ratios of rows to columns are in 1/4096.
RATIO_BITS = 12
LEAST_RATIO, MOST_RATIO = 1 << 6, 1 << 18
MAX_SCALE = 1 << 25
LEAST_SCALE = 20
GLOBAL_LIMIT = 1000
RECENT_BITS = 2


@dataclass(frozen=True, slots=True)
class Layout:
    """How elements lie, and where those are that resemble each other.

    Attributes:
        columns: length of a row.
        period: weights of the mean belong to a column modulo this.
        distances: how far before an element those are that its mean depends on; ascending.
    """

    columns: int
    period: int
    distances: tuple[int, ...]


class ElementPredictor:
    """Predicts the elements of a chunk, one after another.

    Args:
        layout: of the elements.
        start: position of the first in its buffer.
        count: number of elements.
    """

    def __init__(self, layout: Layout, start: int, count: int) -> None:
        self._layout = layout
        self._index, self._column = 0, start % layout.columns
        self._levels: list[int] = []
        inputs = len(layout.distances) + 2
        self._inputs = [0] * inputs
        self._norm = 0
        self._weights = [0] * inputs
        self._own_weights = [[0] * inputs for _ in range(layout.period)]
        columns = min(layout.columns, count)
        self._column_residuals, self._column_levels, self._column_counts = ([0] * columns for _ in range(3))
        self._global, self._global_count, self._recent = 1 << UNIT_BITS + RATIO_BITS, 1, 1 << UNIT_BITS
        self._mean = self._ratio = self._column_scale = 0
        self._start_row()

    def predict(self) -> tuple[int, int]:
        """Mean and scale of the next element, in 1/256 level; the scale is at least `LEAST_SCALE`."""
        if self._column == 0:
            self._start_row()
        self._mean = self._predict_mean()
        return self._mean, self._predict_scale()

    def learn(self, level: int) -> None:
        """Take in the level of the element that was predicted."""
        level = min(max(level, -MAX_LEVEL), MAX_LEVEL)
        error = (level << UNIT_BITS) - self._mean
        self._learn_mean(error)
        self._learn_scale(abs(error), level)
        self._levels.append(level)
        self._index += 1
        self._column = (self._column + 1) % self._layout.columns

    def _start_row(self) -> None:
        self._row_residuals = self._row_expected = self._row_levels = self._row_count = 0

    def _predict_mean(self) -> int:
        inputs, layout, slot = self._inputs, self._layout, self._index % len(self._column_counts)
        place = self._column % layout.period
        for number, distance in enumerate(layout.distances):
            outside = distance > self._index or place < distance < layout.period
            inputs[number] = 0 if outside else self._levels[self._index - distance] << INPUT_BITS
        inputs[-2] = quotient(self._row_levels << INPUT_BITS, self._row_count + MEAN_PRIOR)
        inputs[-1] = quotient(
            self._column_levels[slot] * COLUMN_MEAN_FACTOR << INPUT_BITS, self._column_counts[slot] + MEAN_PRIOR
        )
        own = self._own_weights[place]
        self._norm = sum(value * value for value in inputs)
        total = sum(value * (self._weights[number] + own[number]) for number, value in enumerate(inputs))
        return min(max(total >> 16, -MAX_MEAN), MAX_MEAN)

    def _predict_scale(self) -> int:
        mean_scale = self._mean_scale()
        slot = self._index % len(self._column_counts)
        self._column_scale = 1 + (self._column_residuals[slot] + COLUMN_PRIOR * mean_scale) // (
            self._column_counts[slot] + COLUMN_PRIOR
        )
        ratio = (self._row_residuals + ROW_PRIOR * mean_scale << RATIO_BITS) // (
            self._row_expected + ROW_PRIOR * mean_scale
        )
        self._ratio = min(max(ratio, LEAST_RATIO), MOST_RATIO)
        scale = min(self._ratio * self._column_scale >> RATIO_BITS, MAX_SCALE)
        return (7 * scale + self._recent >> 3) + LEAST_SCALE

    def _mean_scale(self) -> int:
        return 1 + (self._global >> RATIO_BITS)

    def _learn_mean(self, error: int) -> None:
        mean_scale = self._mean_scale()
        regular = (mean_scale * mean_scale >> 8) * REGULARISATION * len(self._inputs) >> 4
        step = quotient(error * LEARNING_RATE << 16, self._norm + regular + 16)
        own = self._own_weights[self._column % self._layout.period]
        for weights in (self._weights, own):
            for number, value in enumerate(self._inputs):
                moved = weights[number] + (step * value + (1 << 15) >> 16)
                weights[number] = min(max(moved, -WEIGHT_LIMIT), WEIGHT_LIMIT)

    def _learn_scale(self, residual: int, level: int) -> None:
        self._global_count = min(self._global_count + 1, GLOBAL_LIMIT)
        self._global += (residual << RATIO_BITS) // self._global_count - self._global // self._global_count
        self._recent += residual - self._recent >> RECENT_BITS
        slot = self._index % len(self._column_counts)
        self._column_residuals[slot] += (residual << RATIO_BITS) // self._ratio
        self._column_levels[slot] += level
        self._column_counts[slot] += 1
        if self._column_counts[slot] == COLUMN_LIMIT:
            for sums in (self._column_residuals, self._column_levels, self._column_counts):
                sums[slot] >>= 1
        self._row_residuals += residual
        self._row_expected += self._column_scale
        self._row_levels += level
        self._row_count += 1
        if self._row_count == ROW_LIMIT:
            self._row_residuals >>= 1
            self._row_expected >>= 1
            self._row_levels >>= 1
            self._row_count >>= 1


def quotient(dividend: int, divisor: int, /) -> int:
    """Division rounded towards zero, by a positive divisor."""
    return dividend // divisor if dividend >= 0 else -(-dividend // divisor)
