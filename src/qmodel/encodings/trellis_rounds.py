"""Searches for the codes of a trellis, one after another, each with the bits that the codes of the one before cost."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from qmodel.buffers.parallel import parallel_map
from qmodel.dtypes import Array
from qmodel.encodings.step import rounded_step
from qmodel.encodings.trellis_rates import CodeRates, RateModel, counted_rates
from qmodel.errors import InvalidInputError
from qmodel.kernels.trellis import levels_of, quantizers
from qmodel.kernels.trellis_search import search

LARGEST_CODE = (1 << 23) - 1
LARGEST_VALUE = 2.0**127
SMALLEST_STEP = 2.0**-126
# Codes of the first rounds are not worth a model's thought.
ROUGH_ROUNDS = 2
# At low rates a step beyond this part of the root mean square leaves too little choice, whatever the price.
_LARGEST_RELATIVE_STEP = 0.9
# Values so far below the step that belongs to a price all become 0.
_LARGEST_RATIO_OF_STEPS = 16.0
# Temporary arrays of so many elements stay in a core's cache.
_PIECE_ELEMENTS = 1 << 16


@dataclass(frozen=True)
class TrellisValues:
    """The values of one array, and how they are searched.

    Attributes:
        values: finite float32 or float64, 1-D, not empty, of magnitudes up to `LARGEST_VALUE`.
        weights: error weights, float32, of mean 1; None: all 1.
        states: number of states of the convolutional code.
        slope: price of a bit in squared steps, at high rates.
        threads: number of threads that may work at once.
    """

    values: Array
    weights: Array | None
    states: int
    slope: float
    threads: int = 1

    @cached_property
    def mean_square(self) -> float:
        """Weighted mean of the squared values."""
        squares = np.square(self.values, dtype=np.float64)
        if self.weights is not None:
            squares *= self.weights
        return float(squares.mean())

    @cached_property
    def largest(self) -> float:
        """The largest magnitude."""
        return max(float(self.values.max()), -float(self.values.min()))

    def step_at(self, price: float) -> float:
        """The step for a price: what the slope says at high rates, and no more than a part of the mean at low ones.

        Raises:
            InvalidInputError: a value is too large for the step, or the step is out of the range of float32.
        """
        at_high_rates = math.sqrt(price / self.slope)
        at_low_rates = _LARGEST_RELATIVE_STEP * math.sqrt(self.mean_square)
        ratio = min(at_high_rates / at_low_rates, _LARGEST_RATIO_OF_STEPS) if at_low_rates else _LARGEST_RATIO_OF_STEPS
        step = rounded_step(max(at_high_rates / (1 + ratio**4) ** 0.25, min(at_high_rates, SMALLEST_STEP)))
        if not SMALLEST_STEP <= step <= float(np.finfo(np.float32).max):
            raise InvalidInputError(f"a trellis has a step in the normal range of float32, not {step:g}")
        if self.largest > (2 * LARGEST_CODE - 2) * step:
            raise InvalidInputError(f"a step of {step:g} is too small for values up to {self.largest:g}")
        return step

    def nearest(self, step: float) -> tuple[Array, Array]:
        """Codes to begin with, of the levels nearest to the values, and their quantizers: both in turn."""
        chosen = (np.arange(self.values.size) & 1).astype(np.uint8)
        codes = np.rint((self.values / self.values.dtype.type(step) - chosen) / 2).astype(np.int32)
        return codes, chosen


@dataclass(frozen=True, slots=True)
class TrellisCodes:
    """Codes that were found.

    Attributes:
        codes: int32, 1-D.
        quantizers: that they belong to, uint8, 0 or 1.
        step: of the quantizers, a float32 with few significant bits.
        price: of a bit, in squared error.
        error: weighted mean squared error.
    """

    codes: Array
    quantizers: Array
    step: float
    price: float
    error: float


class TrellisRounds:
    """Rounds of searches.

    Args:
        values: what codes are searched for.
        model: tells what codes will cost.
        start: the rates of the first search; None: those of the nearest levels.

    Attributes:
        number: of the search made last; it begins after the rough rounds where there are rates to start with.
    """

    def __init__(self, values: TrellisValues, model: RateModel, start: CodeRates | None) -> None:
        self.number = ROUGH_ROUNDS - 1 if start else 0
        self._values, self._model, self._rates = values, model, start
        self._found: TrellisCodes | None = None

    def search(self, price: float) -> TrellisCodes:
        """The codes of a price, with the rates of the codes found before.

        Raises:
            InvalidInputError: see `TrellisValues.step_at`.
        """
        step = self._values.step_at(price)
        self.number += 1
        if self._found and self._found.codes.any():
            rough = self.number <= ROUGH_ROUNDS
            rates = self._model.rates(self._found.codes, self._found.quantizers, rough=rough)
        else:  # also from zeros alone: no rate of theirs leads back
            rates = self._rates or counted_rates(*self._values.nearest(step))
            self._rates = None
        self._found = _searched(self._values, rates, self._model.run_length, step, price)
        return self._found


def _searched(array: TrellisValues, rates: CodeRates, run_length: int, step: float, price: float) -> TrellisCodes:
    values = array.values
    penalties = rates.penalties(price / step**2)
    codes, chosen = np.empty(values.size, np.int32), np.empty(values.size, np.uint8)
    length = max(_PIECE_ELEMENTS // run_length, 1) * run_length

    def search_piece(start: int) -> float:
        piece = slice(start, start + length)
        scaled = values[piece] / values.dtype.type(step)
        weights, classes = _part(array.weights, piece), _part(rates.classes, piece)
        found = search(scaled, weights, classes, penalties, rates.lowest, array.states, run_length)
        codes[piece], chosen[piece] = found, quantizers(found, array.states, run_length)
        # Not by BLAS, whose threads would wait for each other, and whose sums depend on their number.
        squares = np.square(scaled - levels_of(found, chosen[piece]))
        return float((squares if weights is None else squares * weights).sum())

    total = sum(parallel_map(search_piece, range(0, codes.size, length), threads=array.threads))
    return TrellisCodes(codes, chosen, step, price, total / codes.size * step**2)


def _part(array: Array | None, piece: slice) -> Array | None:
    return None if array is None else array[piece]
