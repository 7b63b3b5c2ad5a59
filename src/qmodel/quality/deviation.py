"""How far an output is from that of the reference network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from qmodel.dtypes import Array
from qmodel.quality.divergence import Divergence
from qmodel.quality.error import ErrorSums


@dataclass(frozen=True, slots=True)
class OutputDeviation:
    """How an output differs from the reference's, over all its elements.

    Attributes:
        relative_mse: Σ (w − w′)² / Σ w² for the reference's w.
        sqnr_db: the same as signal to quantization noise ratio in decibels; infinite without error.
        cosine: cosine between both outputs; NaN where it is not defined.
        max_abs_error: largest absolute difference.
        agreement: fraction of samples for which both predict the same class; None for what is no scores of classes.
        kl_divergence: mean Kullback-Leibler divergence of the classes' probabilities from the reference's, in nats; the
            scores themselves where the reference's are probabilities, else their softmax. None likewise.
    """

    relative_mse: float
    sqnr_db: float
    cosine: float
    max_abs_error: float
    agreement: float | None = None
    kl_divergence: float | None = None


class DeviationSums:
    """Sums over batches.

    Args:
        scores_of: makes scores of classes of the output, as `class_scores` does; None where it holds none.
    """

    def __init__(self, scores_of: Callable[[Array], Array] | None) -> None:
        self._scores_of = scores_of
        self._error = ErrorSums()
        self._divergence = Divergence()
        self._samples, self._agreeing = 0, 0

    def add(self, reference: Array, output: Array, /) -> None:
        """Take a batch.

        Raises:
            InvalidInputError: the shapes differ, the outputs are no real numbers, or a score is NaN.
        """
        self._error = self._error.add(reference, output)
        if self._scores_of is not None:
            wanted, found = self._scores_of(reference), self._scores_of(output)
            self._divergence.add(wanted, found)
            self._agreeing += int(np.count_nonzero(wanted.argmax(axis=1) == found.argmax(axis=1)))
            self._samples += len(found)

    def result(self) -> OutputDeviation:
        """The error over all batches."""
        return OutputDeviation(
            relative_mse=self._error.relative_mse,
            sqnr_db=self._error.sqnr_db,
            cosine=self._error.cosine,
            max_abs_error=self._error.max_abs_error,
            agreement=self._agreeing / self._samples if self._scores_of else None,
            kl_divergence=self._divergence.mean if self._scores_of else None,
        )
