"""Accuracy, precision, recall and F1 of a classifier, from its confusion matrix.

Precision is right / predicted, recall right / present, F1 their harmonic mean; where a denominator is 0 the measure is
0. The macro averages take in the classes that are present or predicted at least once. This is what scikit-learn's
`precision_recall_fscore_support` does with `zero_division=0`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qmodel.dtypes import Array, element_type_of_value
from qmodel.errors import InvalidInputError


@dataclass(frozen=True, slots=True)
class ClassScore:
    """How well one class was recognised.

    Attributes:
        label: index of the class.
        support: number of samples of the class.
        precision: of the samples predicted as the class, the fraction that is of it.
        recall: of the samples of the class, the fraction predicted as it.
        f1: harmonic mean of precision and recall.
    """

    label: int
    support: int
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, slots=True)
class Averages:
    """Precision, recall and F1 over all classes in one way of averaging."""

    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, slots=True, eq=False)
class ClassificationScores:
    """How well all classes were recognised.

    Attributes:
        accuracy: fraction of samples predicted right.
        precision: macro average.
        recall: macro average.
        f1: macro average of the F1 of the classes.
        micro: over all samples; each equals the accuracy, as every sample has one label and one prediction.
        weighted: averages over the classes, each weighted with its number of samples.
        per_class: one for each class, present or not, in order of the label.
        confusion: int64 of shape (classes, classes): samples by label (row) and prediction (column).
    """

    accuracy: float
    precision: float
    recall: float
    f1: float
    micro: Averages
    weighted: Averages
    per_class: tuple[ClassScore, ...]
    confusion: Array

    @property
    def samples(self) -> int:
        """Number of samples, at least 1."""
        return int(self.confusion.sum())


def are_class_scores(output: Array, /) -> bool:
    """Whether an output has the type and the shape that `class_scores` takes."""
    is_float = element_type_of_value(output.dtype).is_float
    return is_float and output.ndim >= 2 and output.shape[1] >= 2 and all(axis == 1 for axis in output.shape[2:])


def class_scores(output: Array, /) -> Array:
    """The output of a classifier as a table.

    Args:
        output: real numbers of shape (samples, classes) or (samples, classes, 1, 1, ...), at least 2 classes:
            probabilities, logits, or anything else that grows with them.

    Returns:
        Shape (samples, classes); floats of 8 bits and less, and bfloat16, become float32.

    Raises:
        InvalidInputError: another shape or dtype, or a score is NaN.
    """
    if output.dtype.kind in "cOSUMm":
        raise InvalidInputError(f"scores must be real numbers, not {output.dtype}")
    if output.ndim < 2 or output.shape[1] < 2 or any(length != 1 for length in output.shape[2:]):
        raise InvalidInputError(
            f"scores must have shape (samples, classes) with at least 2 classes, not {output.shape}: "
            "the output is not that of a classifier"
        )
    table = output.reshape(output.shape[:2])
    table = table.astype(np.float32) if table.dtype.kind == "V" else table
    not_numbers = np.isnan(table).any(axis=1)
    if not_numbers.any():
        raise InvalidInputError(
            f"{np.count_nonzero(not_numbers)} of {len(table)} samples have NaN scores, the first is sample "
            f"{int(np.argmax(not_numbers))} of the batch: the network or its input is broken"
        )
    return np.asarray(table)


def predicted_classes(scores: Array, /) -> Array:
    """The class of the largest score of each sample, the lowest of equals.

    Args:
        scores: an output that `class_scores` takes.

    Returns:
        int64 of shape (samples,).

    Raises:
        InvalidInputError: another shape or dtype, or a score is NaN.
    """
    return np.asarray(class_scores(scores).argmax(axis=1), dtype=np.int64)


def count_in_top(scores: Array, labels: Array, /, *, k: int) -> int:
    """Number of samples whose class has one of the k largest scores; of equal scores the lower class is the larger.

    Args:
        scores: of shape (samples, classes), none NaN.
        labels: int64 of shape (samples,), each that of a class.
        k: at least 1.
    """
    own = np.take_along_axis(scores, labels[:, np.newaxis], axis=1)
    lower = np.arange(scores.shape[-1]) < labels[:, np.newaxis]
    before = np.count_nonzero((scores > own) | ((scores == own) & lower), axis=1)
    return int(np.count_nonzero(before < k))


def checked_labels(labels: Array, /) -> Array:
    """Labels as int64.

    Args:
        labels: integers of shape (samples,), none negative, at least one.

    Raises:
        InvalidInputError: another dtype or shape, no label, or a negative one.
    """
    if labels.ndim != 1 or labels.dtype.kind not in "biu":
        raise InvalidInputError(
            f"labels must be integers of shape (samples,), the index of each sample's class, "
            f"not {labels.dtype} of shape {labels.shape}"
        )
    if labels.size == 0:
        raise InvalidInputError("there are no labels: nothing to measure")
    if labels.min() < 0:
        raise InvalidInputError(f"labels must not be negative, found {labels.min()}")
    return labels.astype(np.int64)


def confusion_matrix(labels: Array, predictions: Array, /, *, classes: int) -> Array:
    """Count samples by label and prediction.

    Args:
        labels: int64 of shape (samples,).
        predictions: int64 of shape (samples,), each below `classes`.
        classes: number of classes.

    Returns:
        int64 of shape (classes, classes), rows for labels, columns for predictions.

    Raises:
        InvalidInputError: the numbers of samples differ, or a label or prediction is not that of a class.
    """
    if labels.shape != predictions.shape:
        raise InvalidInputError(f"there are {len(labels)} labels and {len(predictions)} predictions")
    for what, indices in (("label", labels), ("prediction", predictions)):
        if indices.size and (indices.min() < 0 or indices.max() >= classes):
            wrong = indices.min() if indices.min() < 0 else indices.max()
            raise InvalidInputError(f"{what} {wrong} is out of range: there are {classes} classes, from 0 on")
    counts = np.bincount(labels * classes + predictions, minlength=classes * classes)
    return np.asarray(counts.reshape(classes, classes), dtype=np.int64)


def scores_of(confusion: Array, /) -> ClassificationScores:
    """All measures of a confusion matrix.

    Args:
        confusion: int64 of shape (classes, classes), rows for labels, columns for predictions, not all 0.

    Raises:
        InvalidInputError: there are no samples.
    """
    samples = int(confusion.sum())
    if samples == 0:
        raise InvalidInputError("there are no samples: nothing to measure")
    right = confusion.diagonal()
    present, predicted = confusion.sum(axis=1), confusion.sum(axis=0)
    precision = _ratio(right, predicted)
    recall = _ratio(right, present)
    f1 = _ratio(2 * right, present + predicted)
    seen = (present + predicted) > 0
    accuracy = int(right.sum()) / samples
    return ClassificationScores(
        accuracy=accuracy,
        precision=float(precision[seen].mean()),
        recall=float(recall[seen].mean()),
        f1=float(f1[seen].mean()),
        micro=Averages(accuracy, accuracy, accuracy),
        weighted=Averages(*(float(measure @ present) / samples for measure in (precision, recall, f1))),
        per_class=tuple(
            ClassScore(label, int(present[label]), float(precision[label]), float(recall[label]), float(f1[label]))
            for label in range(len(confusion))
        ),
        confusion=confusion,
    )


def agreement(predictions: Array, reference: Array, /) -> float:
    """Fraction of equal predictions of two classifiers.

    Args:
        predictions: int64 of shape (samples,).
        reference: int64 of shape (samples,).

    Raises:
        InvalidInputError: the numbers of samples differ or are 0.
    """
    if predictions.shape != reference.shape or predictions.size == 0:
        raise InvalidInputError(f"predictions of shape {predictions.shape} and {reference.shape} cannot be compared")
    return float(np.mean(predictions == reference))


def _ratio(numerator: Array, denominator: Array) -> Array:
    return np.divide(numerator, denominator, out=np.zeros(len(numerator)), where=denominator > 0)
