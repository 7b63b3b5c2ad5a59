"""Finds the codes of a trellis that take the fewest bits at an error.

Codes are searched for with the bits that they will cost, the bits follow from the codes, and so on in rounds, as in
entropy-constrained quantization (Chou, Lookabaugh and Gray 1989). What a bit is worth, its price, is how much squared
error it must save. At the Shannon bound an error D falls by 2 ln 2 · D for each bit more, and very nearly so with all
sources and codes that matter here: that is the price at which to begin when an error D is wanted, and at high rates it
is the price at the end. The step follows from the price, so that one number leads to every error.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from qmodel.buffers.parallel import parallel_map
from qmodel.dtypes import Array
from qmodel.encodings.step import rounded_step
from qmodel.encodings.trellis_models import CodingModel
from qmodel.errors import InvalidInputError
from qmodel.kernels.trellis import levels_of, quantizers
from qmodel.kernels.trellis_search import search

LARGEST_CODE = (1 << 23) - 1
LARGEST_VALUE = 2.0**127
SMALLEST_STEP = 2.0**-126
# The best price of a bit in squared steps, at high rates.
USUAL_SLOPE = 0.35
# At low rates a step beyond this part of the root mean square leaves too little choice, whatever the price.
_LARGEST_RELATIVE_STEP = 0.9
# Values so far below the step that belongs to a price all become 0.
_LARGEST_RATIO_OF_STEPS = 16.0
_PIECE_ELEMENTS = 1 << 18
_TOLERANCE = 0.004
_MOST_ROUNDS = 16
# At low rates the first rounds say little of the error that their price leads to.
_LOW_RATE_ERROR = 0.1
_SETTLING_ROUNDS = 2
_ROUGH_ROUNDS = 2
_GREATEST_CORRECTION = 0.7
# Corrections that went too far are made smaller.
_DAMPING = 0.8
# Where a few values leave little choice, an error too small is better than one too large.
_REGRET_OF_ERROR = 16


@dataclass(frozen=True, slots=True)
class TrellisCodes:
    """Codes of a trellis.

    Attributes:
        codes: int32, 1-D.
        quantizers: that they belong to, uint8, 0 or 1.
        step: of the quantizers, a float32 with few significant bits.
        error: weighted mean squared error.
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
        model: tells what codes will cost.
        slope: price of a bit in squared steps, at high rates.
        rounds: fewest searches; the first two are with rough rates.
        threads: number of threads that may work at once.
    """

    values: Array
    weights: Array | None
    states: int
    model: CodingModel
    slope: float = USUAL_SLOPE
    rounds: int = 3
    threads: int = 1

    def with_step(self, step: float, /) -> TrellisCodes:
        """The codes of the price that belongs to a step; the step of small values is smaller, at the same price.

        Raises:
            InvalidInputError: a value is too large for the step, or the step is out of the range of float32.
        """
        _check_range(self._largest)
        if not self._mean_square:
            return self._zeros
        price = self.slope * step**2
        found = self._nearest(self._step_at(price))
        for rounds in range(1, self.rounds + 1):
            found = self._better(found, found.step, price, rounds)
        return found

    def with_error(self, relative_mse: float, /) -> TrellisCodes:
        """The codes of an error.

        Args:
            relative_mse: weighted squared error wanted, as a part of the weighted sum of squares; met within 1 % except
                where the code is too coarse for that, or the array too small.

        Raises:
            InvalidInputError: the step would be out of the range of float32.
        """
        _check_range(self._largest)
        if not self._largest:
            return self._zeros
        wanted = relative_mse * self._mean_square
        _check_step(math.sqrt(wanted), self._largest)
        price = 2 * math.log(2) * wanted
        found = best = self._nearest(self._step_at(price))
        settling = _SETTLING_ROUNDS if relative_mse > _LOW_RATE_ERROR else 0
        gain, last_miss, least_regret = 1.0, 0.0, math.inf
        for rounds in range(1, _MOST_ROUNDS + 1):
            if not found.codes.any():
                found = self._nearest(self._step_at(price))  # from zeros alone no rate leads back
            found = self._better(found, self._step_at(price), price, rounds)
            miss = math.log(max(found.error / wanted, 1e-9))
            regret = max(-miss, _REGRET_OF_ERROR * miss)
            if rounds >= self.rounds and regret < least_regret:
                best, least_regret = found, regret
                if abs(miss) < _TOLERANCE:
                    break
            if rounds <= settling:
                continue
            if miss * last_miss < 0:
                gain *= _DAMPING
            price *= math.exp(-gain * max(min(miss, _GREATEST_CORRECTION), -_GREATEST_CORRECTION))
            last_miss = miss
        return best

    def _step_at(self, price: float) -> float:
        """The step for a price: what the slope says at high rates, and no more than a part of the mean at low ones."""
        at_high_rates = math.sqrt(price / self.slope)
        at_low_rates = _LARGEST_RELATIVE_STEP * math.sqrt(self._mean_square)
        ratio = min(at_high_rates / at_low_rates, _LARGEST_RATIO_OF_STEPS)
        return rounded_step(max(at_high_rates / (1 + ratio**4) ** 0.25, min(at_high_rates, SMALLEST_STEP)))

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
        return TrellisCodes(codes, chosen, step, 0.0)

    def _better(self, known: TrellisCodes, step: float, price: float, rounds: int) -> TrellisCodes:
        """Codes searched for with the rates of known ones."""
        _check_step(step, self._largest)
        rates = self.model.rates(known.codes, known.quantizers, rough=rounds <= _ROUGH_ROUNDS)
        penalties = rates.penalties(price / step**2)
        codes, chosen = np.empty(self.values.size, np.int32), np.empty(self.values.size, np.uint8)
        run_length = self.model.run_length
        length = max(_PIECE_ELEMENTS // run_length, 1) * run_length

        def search_piece(start: int) -> float:
            piece = slice(start, start + length)
            scaled = self.values[piece] / self.values.dtype.type(step)
            weights, classes = _part(self.weights, piece), _part(rates.classes, piece)
            found = search(scaled, weights, classes, penalties, rates.lowest, self.states, run_length)
            codes[piece], chosen[piece] = found, quantizers(found, self.states, run_length)
            errors = scaled - levels_of(found, chosen[piece])
            return float(np.vdot(errors, errors if weights is None else errors * weights))

        total = sum(parallel_map(search_piece, range(0, codes.size, length), threads=self.threads))
        return TrellisCodes(codes, chosen, step, total / codes.size * step**2)


def _part(array: Array | None, piece: slice) -> Array | None:
    return None if array is None else array[piece]


def _check_range(largest: float) -> None:
    if largest > LARGEST_VALUE:
        raise InvalidInputError(f"trellis codes stand for numbers up to 2^127, not {largest:g}")


def _check_step(step: float, largest: float) -> None:
    if not SMALLEST_STEP <= step <= float(np.finfo(np.float32).max):
        raise InvalidInputError(f"a trellis has a step in the normal range of float32, not {step:g}")
    if largest > (2 * LARGEST_CODE - 2) * step:
        raise InvalidInputError(f"a step of {step:g} is too small for values up to {largest:g}")
