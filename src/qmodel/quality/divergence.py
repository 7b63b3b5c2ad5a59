"""How far the probabilities of one classifier are from those of another, summed over as many batches as there are."""

from __future__ import annotations

import math

import numpy as np

from qmodel.dtypes import Array

_SUM_TOLERANCE = 1e-3


class Divergence:
    """Mean Kullback-Leibler divergence Σ p · log(p / q) of classes, in nats (Kullback and Leibler, 1951).

    p and q are the scores themselves where those of the reference, in the first batch, are probabilities: none
    negative, each sample's sum 1; else their softmax.
    """

    def __init__(self) -> None:
        self._are_probabilities: bool | None = None
        self._sum = 0.0
        self._samples = 0

    def add(self, reference: Array, scores: Array, /) -> None:
        """Take a batch.

        Args:
            reference: scores of shape (samples, classes), giving p.
            scores: of the same shape, giving q.
        """
        wanted, found = (table.astype(np.float64) for table in (reference, scores))
        if self._are_probabilities is None:
            self._are_probabilities = are_probabilities(wanted)
        log_p, log_q = (_logarithms(each, self._are_probabilities) for each in (wanted, found))
        p = np.exp(log_p)
        with np.errstate(invalid="ignore"):
            terms = np.where(p > 0, p * (log_p - log_q), 0.0)
        self._sum += float(terms.sum())
        self._samples += len(wanted)

    @property
    def mean(self) -> float:
        """Over the samples, at least 0; infinite where q is 0 and p is not."""
        return max(self._sum / self._samples, 0.0) if self._samples else math.nan


def are_probabilities(scores: Array, /) -> bool:
    """Whether scores of shape (samples, classes) are probabilities: none negative, each sample's sum 1."""
    sums = scores.sum(axis=1, dtype=np.float64)
    return bool((scores >= 0).all() and (np.abs(sums - 1) < _SUM_TOLERANCE).all())


def softmax(scores: Array, /) -> Array:
    """Probabilities in float64 of scores of shape (samples, classes)."""
    return np.asarray(np.exp(_logarithms(scores.astype(np.float64), already_probabilities=False)))


def _logarithms(scores: Array, already_probabilities: bool) -> Array:
    if already_probabilities:
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(np.log(scores))
    with np.errstate(invalid="ignore"):
        shifted = scores - scores.max(axis=1, keepdims=True)
        return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)))
