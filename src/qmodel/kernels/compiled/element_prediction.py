"""Compiled twin of `qmodel.kernels.element_prediction`."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from qmodel.dtypes import Array
from qmodel.kernels.compiled.jit import jit
from qmodel.kernels.element_prediction import (
    COLUMN_LIMIT,
    COLUMN_MEAN_FACTOR,
    COLUMN_PRIOR,
    GLOBAL_LIMIT,
    INPUT_BITS,
    LEARNING_RATE,
    LEAST_RATIO,
    LEAST_SCALE,
    MAX_LEVEL,
    MAX_MEAN,
    MAX_SCALE,
    MEAN_PRIOR,
    MOST_RATIO,
    RATIO_BITS,
    RECENT_BITS,
    REGULARISATION,
    ROW_LIMIT,
    ROW_PRIOR,
    UNIT_BITS,
    WEIGHT_LIMIT,
    quotient,
)

# Registers: position, sums over the whole chunk, over the row, and what the last prediction was made of.
INDEX, COLUMN, GLOBAL, GLOBAL_COUNT, RECENT = range(5)
ROW_RESIDUALS, ROW_EXPECTED, ROW_LEVELS, ROW_COUNT = range(5, 9)
MEAN, NORM, RATIO, COLUMN_SCALE, ROW_LENGTH = range(9, 14)
REGISTERS = 14
# Rows of the weights: inputs of the last prediction, weights for all columns, then those of each place in a period.
INPUTS, SHARED, OWN = range(3)
RESIDUALS, LEVELS, COUNTS = range(3)

_quotient = jit(quotient)


class Predictor(NamedTuple):
    """State of an `ElementPredictor`; all int64.

    Attributes:
        registers: of shape (`REGISTERS`,).
        distances: of the layout.
        levels: of all elements of the chunk so far.
        weights: rows as named above, a column for each input.
        columns: residuals, levels and counts, of shape (columns, 3).
    """

    registers: Array
    distances: Array
    levels: Array
    weights: Array
    columns: Array


def first_predictor(row_length: int, period: int, distances: Array, start: int, count: int) -> Predictor:
    """The state before the first element, as `ElementPredictor.__init__` makes it."""
    registers = np.zeros(REGISTERS, np.int64)
    registers[ROW_LENGTH] = row_length
    registers[COLUMN] = start % row_length
    registers[GLOBAL] = 1 << UNIT_BITS + RATIO_BITS
    registers[GLOBAL_COUNT] = 1
    registers[RECENT] = 1 << UNIT_BITS
    return Predictor(
        registers,
        distances,
        np.zeros(count, np.int64),
        np.zeros((OWN + period, distances.size + 2), np.int64),
        np.zeros((min(row_length, count), 3), np.int64),
    )


@jit
def predict(state: Predictor) -> tuple[int, int]:
    """As `ElementPredictor.predict`."""
    registers, columns, weights = state.registers, state.columns, state.weights
    if registers[COLUMN] == 0:
        for number in range(ROW_RESIDUALS, ROW_COUNT + 1):
            registers[number] = 0
    slot = registers[INDEX] % len(columns)
    count = columns[slot, COUNTS]
    weights[INPUTS, -2] = _quotient(registers[ROW_LEVELS] << INPUT_BITS, registers[ROW_COUNT] + MEAN_PRIOR)
    weights[INPUTS, -1] = _quotient(columns[slot, LEVELS] * COLUMN_MEAN_FACTOR << INPUT_BITS, count + MEAN_PRIOR)
    place = registers[COLUMN] % (len(weights) - OWN)
    mean, registers[NORM] = _weighted(registers[INDEX], place, state.distances, state.levels, weights)
    registers[MEAN] = mean
    mean_scale = 1 + (registers[GLOBAL] >> RATIO_BITS)
    column_scale = 1 + (columns[slot, RESIDUALS] + COLUMN_PRIOR * mean_scale) // (count + COLUMN_PRIOR)
    prior = ROW_PRIOR * mean_scale
    ratio = (registers[ROW_RESIDUALS] + prior << RATIO_BITS) // (registers[ROW_EXPECTED] + prior)
    ratio = min(max(ratio, LEAST_RATIO), MOST_RATIO)
    registers[COLUMN_SCALE], registers[RATIO] = column_scale, ratio
    scale = min(ratio * column_scale >> RATIO_BITS, MAX_SCALE)
    return mean, (7 * scale + registers[RECENT] >> 3) + LEAST_SCALE


@jit
def _weighted(index: int, place: int, distances: Array, levels: Array, weights: Array) -> tuple[int, int]:
    """Sets the inputs but the last two; the mean, and the sum of squares of the inputs."""
    period = len(weights) - OWN
    norm = total = 0
    for number in range(weights.shape[1]):
        if number < distances.size:
            distance = distances[number]
            outside = distance > index or place < distance < period
            weights[INPUTS, number] = 0 if outside else levels[index - distance] << INPUT_BITS
        value = weights[INPUTS, number]
        norm += value * value
        total += value * (weights[SHARED, number] + weights[OWN + place, number])
    return min(max(total >> 16, -MAX_MEAN), MAX_MEAN), norm


@jit
def learn(state: Predictor, level: int) -> None:
    """As `ElementPredictor.learn`."""
    registers = state.registers
    level = min(max(level, -MAX_LEVEL), MAX_LEVEL)
    error = (level << UNIT_BITS) - registers[MEAN]
    mean_scale = 1 + (registers[GLOBAL] >> RATIO_BITS)
    regular = (mean_scale * mean_scale >> 8) * REGULARISATION * state.weights.shape[1] >> 4
    step = _quotient(error * LEARNING_RATE << 16, registers[NORM] + regular + 16)
    _move_weights(step, registers[COLUMN] % (len(state.weights) - OWN), state.weights)
    _learn_scale(registers, state.columns, abs(error), level)
    state.levels[registers[INDEX]] = level
    registers[INDEX] += 1
    registers[COLUMN] += 1
    if registers[COLUMN] == registers[ROW_LENGTH]:
        registers[COLUMN] = 0


@jit
def _move_weights(step: int, place: int, weights: Array) -> None:
    for number in range(weights.shape[1]):
        move = step * weights[INPUTS, number] + (1 << 15) >> 16
        for row in (SHARED, OWN + place):
            weights[row, number] = min(max(weights[row, number] + move, -WEIGHT_LIMIT), WEIGHT_LIMIT)


@jit
def _learn_scale(registers: Array, columns: Array, residual: int, level: int) -> None:
    count = min(registers[GLOBAL_COUNT] + 1, GLOBAL_LIMIT)
    registers[GLOBAL_COUNT] = count
    registers[GLOBAL] += (residual << RATIO_BITS) // count - registers[GLOBAL] // count
    registers[RECENT] += residual - registers[RECENT] >> RECENT_BITS
    slot = registers[INDEX] % len(columns)
    columns[slot, RESIDUALS] += (residual << RATIO_BITS) // registers[RATIO]
    columns[slot, LEVELS] += level
    columns[slot, COUNTS] += 1
    if columns[slot, COUNTS] == COLUMN_LIMIT:
        for number in range(3):
            columns[slot, number] >>= 1
    registers[ROW_RESIDUALS] += residual
    registers[ROW_EXPECTED] += registers[COLUMN_SCALE]
    registers[ROW_LEVELS] += level
    registers[ROW_COUNT] += 1
    if registers[ROW_COUNT] == ROW_LIMIT:
        for number in range(ROW_RESIDUALS, ROW_COUNT + 1):
            registers[number] >>= 1
