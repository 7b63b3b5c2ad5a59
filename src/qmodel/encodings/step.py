"""The step of a quantizer: found for an error, rounded, stored."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from qmodel import dtypes
from qmodel.dtypes import Array
from qmodel.errors import InvalidInputError
from qmodel.typed_array import TypedArray

# A step has so many significant bits: sums that differ in their last digits between processors give the same step.
_SIGNIFICANT_BITS = 11
_TOLERANCE = 0.0025
_MOST_ROUNDS = 16
_SMALLEST_F32_STEP = 2.0**-120


def check_quality(relative_mse: float | None, step: float | None, /) -> None:
    """Check what a user wants of a quantizer with one step.

    Raises:
        InvalidInputError: both are given, or one is out of range.
    """
    if relative_mse is not None and step is not None:
        raise InvalidInputError("give relative_mse or step, not both: one follows from the other")
    if relative_mse is not None and not 0 < relative_mse < 1:
        raise InvalidInputError(f"relative_mse is between 0 and 1, not {relative_mse}")
    if step is not None and not (0 < step < math.inf):
        raise InvalidInputError(f"a step is a positive number, not {step}")


def largest_magnitude(values: Array, /) -> float:
    """The largest magnitude of a float array; 0 of an empty one.

    Raises:
        InvalidInputError: a value is NaN or infinite.
    """
    largest = max(float(values.max()), -float(values.min())) if values.size else 0.0
    if not math.isfinite(largest):
        raise InvalidInputError("a value is NaN or infinite: it has no code")
    return largest


def rounded_step(step: float, /) -> float:
    """The step with the few significant bits that are stored."""
    mantissa, exponent = math.frexp(step)
    return math.ldexp(round(mantissa * (1 << _SIGNIFICANT_BITS)), exponent - _SIGNIFICANT_BITS)


def stored_step(step: float, /) -> TypedArray:
    """A step as a 0-d array: float32, or float64 where that would be too coarse."""
    element_type = dtypes.F32 if _SMALLEST_F32_STEP <= step <= float(np.finfo(np.float32).max) else dtypes.F64
    return TypedArray(element_type, np.array(step, element_type.storage))


def step_for_error(values: Array, relative_mse: float, squared_error: Callable[[Array, float], float], /) -> float:
    """The step that gives a squared error, within 1 %.

    The error grows about as the square of the step, so each round corrects the step by the root of what is missing.

    Args:
        values: float array; 1 is returned where it has no energy.
        relative_mse: squared error wanted, as a part of the sum of squares.
        squared_error: of the values with a step.
    """
    energy = float(np.square(values, dtype=np.float64).sum())
    if not energy:
        return 1.0
    step = rounded_step(math.sqrt(12 * relative_mse * energy / values.size))
    tried: dict[float, float] = {}
    for _ in range(_MOST_ROUNDS):
        if step in tried:
            break
        tried[step] = math.log(max(squared_error(values, step) / energy, 1e-300) / relative_mse)
        if abs(tried[step]) < _TOLERANCE:
            break
        step = rounded_step(step * math.exp(-max(min(tried[step], 2.0), -2.0) / 2))
    return min(tried, key=lambda each: abs(tried[each]))
