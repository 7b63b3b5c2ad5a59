"""Our curve on one weight set: one step for all tensors, a file for each wanted error, none of them solved for."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from encoding_table.weight_sets import Weights

from rate_distortion_table.our_files import with_step
from rate_distortion_table.records import Absent, QuantizedFile

# Squared error of a trellis in squared steps, at high rates.
_SQUARED_STEPS = 0.245
# The ends of a curve are put so much beyond the errors wanted there that they are reached.
_BEYOND = 1.06
# At low rates the error grows faster with the step than it did before, or hardly.
_MOST_ATTEMPTS = 5


def swept(
    weights: Weights, recipe: str, errors: Sequence[float], threads: int | None
) -> Iterator[QuantizedFile | Absent]:
    """Files near the wanted errors, from the least on: sizes at the errors themselves follow by interpolation.

    Args:
        weights: the set.
        recipe: of open quality.
        errors: relative mean square errors of the whole set, wanted.
        threads: at most so many.
    """
    count = sum(array.size for array in weights.values())
    energy = sum(float((array.astype("float64") ** 2).sum()) for array in weights.values())
    log_usual = math.log(energy / count / _SQUARED_STEPS)
    known: list[tuple[float, float]] = []
    for error, aim in _aims(sorted(set(errors))):
        if aim > error and known and math.exp(known[-1][0]) > error:
            return
        step = math.exp(_log_step(math.log(aim), known, log_usual))
        file = with_step(weights, recipe, step, error, threads)
        if isinstance(file, QuantizedFile):
            known.append((math.log(file.error), math.log(step)))
        yield file


def _aims(errors: Sequence[float]) -> Iterator[tuple[float, float]]:
    """Errors, and what is aimed at for each; for the largest until it is reached, some times at most."""
    yield errors[0], errors[0] / _BEYOND
    for error in errors[1:-1]:
        yield error, error
    for number in range(1, _MOST_ATTEMPTS + 1):
        yield errors[-1], errors[-1] * _BEYOND**number


def _log_step(log_error: float, known: Sequence[tuple[float, float]], log_usual: float) -> float:
    """The logarithm of the step for that of an error: by the last two files, or six decibels a bit."""
    if not known:
        return (log_error + log_usual) / 2
    last_error, last_step = known[-1]
    slope = 0.5
    if len(known) > 1:
        before_error, before_step = known[-2]
        slope = min(max((last_step - before_step) / (last_error - before_error), 0.4), 1.0)
    return last_step + slope * (log_error - last_error)
