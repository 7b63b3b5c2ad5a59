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
    known: list[tuple[float, float]] = []
    ordered = sorted(set(errors))
    for error in ordered:
        aim = error / _BEYOND if error == ordered[0] else error * _BEYOND if error == ordered[-1] else error
        step = math.exp(_log_step(math.log(aim), known, math.log(energy / count / _SQUARED_STEPS)))
        file = with_step(weights, recipe, step, error, threads)
        if isinstance(file, QuantizedFile):
            known.append((math.log(file.error), math.log(step)))
        yield file


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
