"""Finds the codes of a trellis that take the fewest bits at an error.

Codes are searched for with the bits that they will cost, the bits follow from the codes, and so on in rounds, as in
entropy-constrained quantization (Chou, Lookabaugh and Gray 1989). What a bit is worth, its price, is how much squared
error it must save. At the Shannon bound an error D falls by 2 ln 2 · D for each bit more, and very nearly so with all
sources and codes that matter here: that is the price at which to begin when an error D is wanted, and at high rates it
is the price at the end. The step follows from the price, so that one number leads to every error. Of large arrays a
sample finds the price.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from qmodel.dtypes import Array
from qmodel.encodings.trellis_rates import CodeRates, CountedRates, RateModel, counted_rates
from qmodel.encodings.trellis_rounds import ROUGH_ROUNDS, TrellisCodes, TrellisRounds, TrellisValues

# The best price of a bit in squared steps, at high rates.
USUAL_SLOPE = 0.35
_MOST_ROUNDS = 16
_TOLERANCE = 0.004
# At a given price: a change of the error so small is the last.
_SETTLED_CHANGE = 0.01
# At low rates the first rounds say little of the error that their price leads to.
_LOW_RATE_ERROR = 0.1
_LOW_RATE_ROUNDS = 4
_GREATEST_CORRECTION = 0.7
# Corrections that went too far are made smaller.
_DAMPING = 0.8
# Where a few values leave little choice, an error too small is better than one too large.
_REGRET_OF_ERROR = 16
_SAMPLED_ELEMENTS, _SEGMENT = 1 << 17, 2048


@dataclass(frozen=True, slots=True)
class TrellisFit:
    """The search for the codes of one array.

    Attributes:
        array: the values.
        model: tells what codes will cost.
        rounds: fewest searches; the first two are with rough rates.
    """

    array: TrellisValues
    model: RateModel
    rounds: int = 3

    def with_step(self, step: float, /) -> TrellisCodes:
        """The codes of the price that belongs to a step; the step of small values is smaller, at the same price.

        Raises:
            InvalidInputError: a value is too large for the step, or the step is out of the range of float32.
        """
        price = self.array.slope * step**2
        sample = self._sample()
        return self._settled(price, _rates_of(sample._settled(price)) if sample else None)

    def with_error(self, relative_mse: float, /) -> TrellisCodes:
        """The codes of an error.

        Args:
            relative_mse: weighted squared error wanted, as a part of the weighted sum of squares; met within 1 % except
                where the code is too coarse for that, or the array too small.

        Raises:
            InvalidInputError: the step would be out of the range of float32.
        """
        wanted = relative_mse * self.array.mean_square
        price = 2 * math.log(2) * wanted
        sample = self._sample()
        if not sample:
            return self._solved(wanted, price)
        found = sample._solved(wanted, price)
        return self._solved(wanted, found.price, _rates_of(found))

    def _settled(self, price: float, start: CodeRates | None = None) -> TrellisCodes:
        """Codes of a price, searched for until the error hardly changes."""
        rounds, last_error = TrellisRounds(self.array, self.model, start), math.inf
        while True:
            found = rounds.search(price)
            change = abs(found.error - last_error)
            if rounds.number == _MOST_ROUNDS or (
                rounds.number >= self.rounds and change <= _SETTLED_CHANGE * found.error
            ):
                return found
            last_error = found.error

    def _solved(self, wanted: float, price: float, start: CodeRates | None = None) -> TrellisCodes:
        """Codes of a mean squared error, begun at a price."""
        rounds = TrellisRounds(self.array, self.model, start)
        is_low_rate = wanted > _LOW_RATE_ERROR * self.array.mean_square
        settling = ROUGH_ROUNDS if is_low_rate else 0
        least_rounds = min(self.rounds + (_LOW_RATE_ROUNDS if is_low_rate and not start else 0), _MOST_ROUNDS)
        gain, last_miss, least_regret = 1.0, 0.0, math.inf
        while True:
            found = rounds.search(price)
            miss = math.log(max(found.error / wanted, 1e-9))
            regret = max(-miss, _REGRET_OF_ERROR * miss)
            if rounds.number >= least_rounds and regret < least_regret:
                best, least_regret = found, regret
            if (rounds.number >= least_rounds and abs(miss) < _TOLERANCE) or rounds.number >= _MOST_ROUNDS:
                return best
            if rounds.number <= settling:
                continue
            if miss * last_miss < 0:
                gain *= _DAMPING
            price *= math.exp(-gain * max(min(miss, _GREATEST_CORRECTION), -_GREATEST_CORRECTION))
            last_miss = miss

    def _sample(self) -> TrellisFit | None:
        """The search for codes of segments from all over the array; None: it is small."""
        values, weights = self.array.values, self.array.weights
        stride = values.size // _SAMPLED_ELEMENTS
        if stride < 2:
            return None
        places = np.arange(0, values.size - _SEGMENT, _SEGMENT * stride)[:, None] + np.arange(_SEGMENT)
        sampled: Array = values[places].reshape(-1)
        if not sampled.any():
            return None
        array = replace(
            self.array,
            values=sampled,
            weights=None if weights is None else weights[places].reshape(-1),
        )
        return TrellisFit(array, CountedRates(_SEGMENT), self.rounds)


def _rates_of(found: TrellisCodes) -> CodeRates:
    return counted_rates(found.codes, found.quantizers)
