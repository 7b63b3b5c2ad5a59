"""How far an output of numbers is from what it should be: squared and absolute errors, and R²."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from qmodel.dtypes import Array
from qmodel.errors import InvalidInputError


@dataclass(frozen=True, slots=True)
class TargetError:
    """The error of an output against targets, over all its elements.

    Attributes:
        mse: mean of the squared differences.
        mae: mean of the absolute differences.
        max_abs_error: the largest absolute difference.
        r2: coefficient of determination, 1 − Σ(t − y)² / Σ(t − t̄)² with the mean t̄ over the samples, for each element
            of a sample's output, and of these the mean: 1 without error, 0 for what the mean does as well. An element
            whose target never changes counts 1 without error, else 0, as in scikit-learn's `r2_score`. NaN for one
            sample, and where the outputs of samples differ in size.
    """

    mse: float
    mae: float
    max_abs_error: float
    r2: float


class TargetSums:
    """Sums over batches, in float64.

    Means and sums of squares around them are put together as Chan, Golub and LeVeque (1979) do.
    """

    def __init__(self) -> None:
        self._absolute, self._largest = 0.0, 0.0
        self._elements, self._samples = 0, 0
        self._squared: Array | None = None
        self._mean: Array = np.zeros(0)
        self._around_mean: Array = np.zeros(0)
        self._is_ragged = False

    def add(self, targets: Array, output: Array, /) -> None:
        """Take a batch.

        Args:
            targets: real numbers of the output's shape; where a sample's output is one number, also of shape
                (samples,) or (samples, 1).
            output: real numbers with samples along the first axis.

        Raises:
            InvalidInputError: the shapes differ, or a target is no finite number.
        """
        wanted, found = _tables(targets, output)
        if not np.isfinite(wanted).all():
            raise InvalidInputError("targets must be finite numbers, and some are not")
        with np.errstate(invalid="ignore", over="ignore"):
            difference = np.abs(wanted - found)
            difference[np.isnan(difference)] = np.inf
            squared = np.square(difference).sum(axis=0)
        self._absolute += float(difference.sum())
        self._largest = max(self._largest, float(difference.max(initial=0.0)))
        self._elements += difference.size
        self._spread(wanted, squared)

    def result(self) -> TargetError:
        """The error over all batches."""
        squared = np.zeros(0) if self._squared is None else self._squared
        count = max(self._elements, 1)
        return TargetError(float(squared.sum()) / count, self._absolute / count, self._largest, self._r2(squared))

    def _spread(self, wanted: Array, squared: Array) -> None:
        samples, mean = len(wanted), wanted.mean(axis=0)
        around = np.square(wanted - mean).sum(axis=0)
        if self._squared is None:
            self._squared, self._mean, self._around_mean = squared, mean, around
        elif self._is_ragged or len(self._squared) != len(squared):
            self._is_ragged = True
            self._squared = np.array([self._squared.sum() + squared.sum()])
        else:
            shift, both = mean - self._mean, self._samples + samples
            self._squared = self._squared + squared
            self._mean = self._mean + shift * (samples / both)
            self._around_mean = self._around_mean + around + np.square(shift) * (self._samples * samples / both)
        self._samples += samples

    def _r2(self, squared: Array) -> float:
        if self._is_ragged or self._samples < 2 or not len(squared):
            return math.nan
        with np.errstate(invalid="ignore", divide="ignore"):
            scores = np.where(self._around_mean > 0, 1 - squared / self._around_mean, squared == 0)
        return float(scores.mean())


def _tables(targets: Array, output: Array) -> tuple[Array, Array]:
    """Both in float64, a row for each sample."""
    for what, array in (("targets", targets), ("the output", output)):
        if array.dtype.kind in "cOSUMm":
            raise InvalidInputError(f"{what} must be real numbers, not {array.dtype}")
    samples = len(output) if output.ndim else 1
    single = output.size == samples and targets.size == samples and len(np.atleast_1d(targets)) == samples
    if targets.shape != output.shape and not single:
        raise InvalidInputError(f"targets have shape {targets.shape}, the output {output.shape}")
    shape = (samples, output.size // samples)
    return targets.astype(np.float64).reshape(shape), output.astype(np.float64).reshape(shape)
