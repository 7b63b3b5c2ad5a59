"""Measures a classifier batch by batch, against the classes of the samples."""

from __future__ import annotations

from dataclasses import dataclass, fields

from qmodel.dtypes import Array
from qmodel.errors import InvalidInputError
from qmodel.quality.batch import Batch
from qmodel.quality.classification import (
    ClassificationScores,
    checked_labels,
    confusion_matrix,
    count_in_top,
    scores_of,
)
from qmodel.quality.network_input import NetworkInputs
from qmodel.quality.wrong_predictions import WrongPrediction, WrongPredictions


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Classification(ClassificationScores):
    """How well an output tells the classes of the samples.

    Attributes:
        top_k: the k of the next; at most the number of classes.
        top_k_accuracy: fraction of samples whose class has one of the k largest scores.
        class_names: by label; empty when the classes have no names.
        wrong: the wrong predictions that were to be kept, the most confident first.
    """

    top_k: int
    top_k_accuracy: float
    class_names: tuple[str, ...] = ()
    wrong: tuple[WrongPrediction, ...] = ()


class ClassMeasurement:
    """Sums over batches, of scores and the labels that belong to them.

    Args:
        top_k: for `Classification.top_k`.
        keep_wrong: number of wrong predictions to keep.
        class_names: by label; may be empty.
    """

    def __init__(self, *, top_k: int, keep_wrong: int, class_names: tuple[str, ...]) -> None:
        self._top_k, self._class_names = top_k, class_names
        self._wrong = WrongPredictions(keep_wrong)
        self._in_top, self._samples = 0, 0
        self._confusion: Array | None = None

    def add(self, scores: Array, labels: Array, batch: Batch, inputs: NetworkInputs) -> None:
        """Take a batch.

        Args:
            scores: of shape (samples, classes), none NaN.
            labels: integers of shape (samples,).
            batch: where the scores come from.
            inputs: of the network.

        Raises:
            InvalidInputError: a label is not that of a class, or there are not as many classes as names or as in other
                batches.
        """
        labels, classes = checked_labels(labels), scores.shape[1]
        if self._confusion is not None and len(self._confusion) != classes:
            raise InvalidInputError(
                f"the output has {classes} classes for some samples, {len(self._confusion)} for others"
            )
        if len(self._class_names) > classes:
            raise InvalidInputError(
                f"the data has {len(self._class_names)} classes, the network only {classes}: the last is "
                f"{self._class_names[-1]!r}"
            )
        predictions = scores.argmax(axis=1)
        confusion = confusion_matrix(labels, predictions, classes=classes)
        self._confusion = confusion if self._confusion is None else self._confusion + confusion
        self._top_k = min(self._top_k, classes)
        self._in_top += count_in_top(scores, labels, k=self._top_k)
        self._wrong.add(scores, labels, predictions, batch, inputs, first=self._samples)
        self._samples += len(labels)

    def result(self) -> Classification:
        """The measures over all batches, of which there is at least one."""
        assert self._confusion is not None, "there is at least one batch"
        scores = scores_of(self._confusion)
        return Classification(
            **{member.name: getattr(scores, member.name) for member in fields(scores)},
            top_k=self._top_k,
            top_k_accuracy=self._in_top / self._samples,
            class_names=self._class_names,
            wrong=self._wrong.results(),
        )
