"""Finds the step and the codes of a trellis that take the fewest bits at an error.

Codes are searched for with the bits that they will cost, the bits follow from the codes, and so on in rounds, as in
entropy-constrained quantization (Chou, Lookabaugh and Gray 1989). The same rounds find the step, and how much error is
worth a bit. At the Shannon bound an error D falls by 2 ln 2 · D for each bit more, and very nearly so with all sources
and codes that matter here. So the slope is that of the error that is wanted; the step that goes with it is a little
smaller than it would be without a slope.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from qmodel.buffers.parallel import parallel_map
from qmodel.dtypes import Array
from qmodel.encodings.step import rounded_step
from qmodel.encodings.trellis_rates import RateModel
from qmodel.errors import InvalidInputError
from qmodel.kernels.trellis import levels_of, quantizers
from qmodel.kernels.trellis_search import search

LARGEST_CODE = (1 << 23) - 1
SMALLEST_STEP = 2.0**-126
LARGEST_VALUE = 2.0**127
# Mean squared error of a trellis in squared steps, at high rates and the slope that belongs to it.
USUAL_ERROR = 0.26
# At less than a bit a value the error is so many squared steps that steeper slopes would leave no code but 0.
_LEAST_SLOPE, _GREATEST_SLOPE = 0.3, 0.65
_PIECE_ELEMENTS = 1 << 18
_TOLERANCE = 0.004
_MOST_ROUNDS = 14
_GREATEST_CORRECTION = 0.4
# Where a few values leave little choice, an error too small is better than one too large.
_REGRET_OF_ERROR = 16


@dataclass(frozen=True, slots=True)
class TrellisCodes:
    """Codes of a trellis.

    Attributes:
        codes: int32, 1-D.
        quantizers: that they belong to, uint8, 0 or 1.
        step: of the quantizers, a float32 with few significant bits.
        error: weighted mean squared error, in squared steps.
    """

    codes: Array
    quantizers: Array
    step: float
    error: float


@dataclass(frozen=True)
class TrellisFit:
    """The search for the codes of one array.

    Attributes:
        values: finite float32 or float64, 1-D.
        weights: error weights, float32, of mean 1; None: all 1.
        states: number of states of the convolutional code.
        run_length: elements of each run.
        model: tells what codes will cost.
        rounds: fewest searches.
        threads: number of threads that may work at once.
    """

    values: Array
    weights: Array | None
    states: int
    run_length: int
    model: RateModel
    rounds: int
    threads: int = 1

    def with_step(self, step: float, slope: float | None, /) -> TrellisCodes:
        """The codes of a step.

        Args:
            step: of the quantizers.
            slope: squared steps of error that a bit must save; None: the usual one.

        Raises:
            InvalidInputError: a value is too large for the step, or the step is out of the range of float32.
        """
        found = self._nearest(rounded_step(step))
        for _ in range(self.rounds):
            found = self._better(found, found.step, slope or slope_of(USUAL_ERROR))
        return found

    def with_error(self, relative_mse: float, slope: float | None, /) -> TrellisCodes:
        """The codes of an error.

        Args:
            relative_mse: weighted squared error wanted, as a part of the weighted sum of squares; met within 1 % except
                where the code is too coarse for that, or the array too small.
            slope: squared steps of error that a bit must save; None: the best.

        Raises:
            InvalidInputError: the step would be out of the range of float32.
        """
        _check_range(self._largest)
        wanted = relative_mse * self._mean_square
        if not wanted:
            return self._zeros
        found = self._nearest(rounded_step(math.sqrt(wanted / USUAL_ERROR)))
        step, best, least_regret = found.step, found, math.inf
        for rounds in range(1, _MOST_ROUNDS + 1):
            found = self._better(found, step, slope or slope_of(wanted / step**2))
            miss = math.log(max(found.error * step**2 / wanted, 1e-9))
            regret = max(-miss, _REGRET_OF_ERROR * miss)
            if rounds >= self.rounds and regret < least_regret:
                best, least_regret = found, regret
                if abs(miss) < _TOLERANCE:
                    break
            step = rounded_step(step * math.exp(-max(min(miss / 2, _GREATEST_CORRECTION), -_GREATEST_CORRECTION)))
            if not found.codes.any():
                found = self._nearest(step)  # from zeros alone no rate leads back
        return best

    @cached_property
    def _mean_square(self) -> float:
        squares = np.square(self.values, dtype=np.float64)
        if self.weights is not None:
            squares *= self.weights
        return float(squares.mean()) if squares.size else 0.0

    @cached_property
    def _largest(self) -> float:
        return max(float(self.values.max(initial=0)), -float(self.values.min(initial=0)))

    @property
    def _zeros(self) -> TrellisCodes:
        size = self.values.size
        return TrellisCodes(np.zeros(size, np.int32), np.zeros(size, np.uint8), 1.0, 0.0)

    def _nearest(self, step: float) -> TrellisCodes:
        """Codes to begin with: the nearest level to each value, of both quantizers in turn."""
        _check_step(step, self._largest)
        chosen = (np.arange(self.values.size) & 1).astype(np.uint8)
        codes = np.rint((self.values / self.values.dtype.type(step) - chosen) / 2).astype(np.int32)
        return TrellisCodes(codes, chosen, step, USUAL_ERROR)

    def _better(self, known: TrellisCodes, step: float, slope: float) -> TrellisCodes:
        """Codes searched for with the rates of known ones."""
        rates = self.model.rates(known.codes, known.quantizers)
        penalties = rates.penalties(slope)
        codes, chosen = np.empty(self.values.size, np.int32), np.empty(self.values.size, np.uint8)
        length = max(_PIECE_ELEMENTS // self.run_length, 1) * self.run_length

        def search_piece(start: int) -> float:
            piece = slice(start, start + length)
            scaled = self.values[piece] / self.values.dtype.type(step)
            weights = _part(self.weights, piece)
            classes = _part(rates.classes, piece)
            found = search(scaled, weights, classes, penalties, rates.lowest, self.states, self.run_length)
            codes[piece], chosen[piece] = found, quantizers(found, self.states, self.run_length)
            errors = scaled - levels_of(found, chosen[piece])
            return float(np.vdot(errors, errors if weights is None else errors * weights))

        _check_step(step, self._largest)
        total = sum(parallel_map(search_piece, range(0, codes.size, length), threads=self.threads))
        return TrellisCodes(codes, chosen, step, total / max(codes.size, 1))


def slope_of(error: float, /) -> float:
    """The squared steps of error that a bit is worth, at a mean squared error in squared steps."""
    return min(max(2 * math.log(2) * error, _LEAST_SLOPE), _GREATEST_SLOPE)


def _part(array: Array | None, piece: slice) -> Array | None:
    return None if array is None else array[piece]


def _check_range(largest: float) -> None:
    if largest > LARGEST_VALUE:
        raise InvalidInputError(f"trellis codes stand for numbers up to 2^127, not {largest:g}")


def _check_step(step: float, largest: float) -> None:
    if not SMALLEST_STEP <= step <= float(np.finfo(np.float32).max):
        raise InvalidInputError(f"a trellis has a step in the normal range of float32, not {step:g}")
    _check_range(largest)
    if largest > (2 * LARGEST_CODE - 2) * step:
        raise InvalidInputError(f"a step of {step:g} is too small for values up to {largest:g}")
