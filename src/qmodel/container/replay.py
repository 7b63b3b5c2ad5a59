"""Runs the golden samples of a file and compares what comes out with what must (spec/golden.md, "Comparing")."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from qmodel.container.golden import ExpectedOutput
from qmodel.container.reader import Reader
from qmodel.dtypes import Array
from qmodel.errors import DeviationError, InvalidInputError, QModelError
from qmodel.runtime.session import Session


def replay(reader: Reader, /) -> Iterator[QModelError]:
    """A finding for each output that deviates; or the one that keeps the network from running."""
    if reader.graph is None or not reader.golden:
        yield InvalidInputError("the file has no golden samples to run")
        return
    try:
        session = Session(reader.graph, reader)
        for number, run in enumerate(reader.golden):
            made = session.run(run.inputs, list(run.outputs))
            for name, expected in run.outputs.items():
                yield from _deviations(number, name, made[name], expected)
    except QModelError as error:
        yield error


def _deviations(number: int, name: str, found: Array, expected: ExpectedOutput) -> Iterator[DeviationError]:
    if (found.dtype, found.shape) != (expected.values.dtype, expected.values.shape):
        what = f"{found.dtype} of shape {found.shape}, expected {expected.values.dtype} of {expected.values.shape}"
        yield DeviationError(f"golden sample {number}: output {name!r} is {what}", sample=number, output=name)
        return
    excess, difference, tolerance = worst_difference(found, expected)
    if excess:
        yield DeviationError(
            f"golden sample {number}: output {name!r} is off by {difference:.3g} at worst, tolerance {tolerance:.3g}",
            sample=number,
            output=name,
            worst_difference=difference,
            tolerance=tolerance,
        )


def worst_difference(found: Array, expected: ExpectedOutput, /) -> tuple[bool, float, float]:
    """Whether an output is too far off anywhere, and the difference and the tolerance where it is farthest.

    Args:
        found: of the dtype and shape of the expected values.
        expected: the values with their tolerances.

    Returns:
        Whether some element exceeds its tolerance; |found − expected| of the element that is nearest to doing so or
        exceeds it most, infinite where only one is NaN or they are unequal infinities; and its tolerance.
    """
    wanted = expected.values
    same = (found == wanted) | ((found != found) & (wanted != wanted))  # NaN is not itself
    if same.all():
        return False, 0.0, expected.absolute_tolerance
    one, other = (array[~same].astype(np.float64) for array in (found, wanted))
    with np.errstate(invalid="ignore", over="ignore"):
        difference = np.abs(one - other)
        tolerance = expected.absolute_tolerance + expected.relative_tolerance * np.abs(other)
    difference[~(np.isfinite(one) & np.isfinite(other))] = np.inf
    tolerance[~np.isfinite(other)] = expected.absolute_tolerance
    excess = difference - tolerance
    exact = not expected.absolute_tolerance and not expected.relative_tolerance
    worst = int(np.argmax(excess))
    return bool(exact or excess[worst] > 0), float(difference[worst]), float(tolerance[worst])
