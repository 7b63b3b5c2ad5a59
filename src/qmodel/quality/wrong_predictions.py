"""The wrong predictions that a classifier was surest of."""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np

from qmodel.dtypes import Array
from qmodel.quality.batch import Batch
from qmodel.quality.divergence import are_probabilities, softmax
from qmodel.quality.network_input import NetworkInputs


@dataclass(frozen=True, slots=True, eq=False)
class WrongPrediction:
    """A sample that was taken for another class than its own.

    Attributes:
        index: of the sample, from 0.
        label: its class.
        prediction: the class with the largest score.
        probability: of the prediction: its score where scores are probabilities, else its softmax.
        name: of the sample, such as the file it is from; empty when it has none.
        sample: as it was given for the first input, without the axis of samples: an image, or numbers.
    """

    index: int
    label: int
    prediction: int
    probability: float
    name: str
    sample: Array


class WrongPredictions:
    """Keeps the most confident ones and their samples, and no others.

    Args:
        most: how many to keep.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: list[tuple[float, int, WrongPrediction]] = []
        self._are_probabilities: bool | None = None

    def add(
        self, scores: Array, labels: Array, predictions: Array, batch: Batch, inputs: NetworkInputs, *, first: int
    ) -> None:
        """Take a batch.

        Args:
            scores: of shape (samples, classes).
            labels: int64 of shape (samples,).
            predictions: int64 of shape (samples,).
            batch: where samples and their names are.
            inputs: of the network.
            first: index of the first sample.
        """
        if not self._most:
            return
        if self._are_probabilities is None:
            self._are_probabilities = are_probabilities(scores)
        wrong = np.flatnonzero(labels != predictions)
        table = scores[wrong] if self._are_probabilities else softmax(scores[wrong])
        probabilities = np.take_along_axis(table, predictions[wrong, np.newaxis], axis=1)[:, 0]
        order = np.lexsort((wrong, -probabilities))[: self._most]
        for place in order.tolist():
            position, probability = int(wrong[place]), float(probabilities[place])
            if len(self._kept) == self._most and (probability, -(first + position)) <= self._kept[0][:2]:
                break
            part = batch.part(inputs, position, position + 1)
            found = WrongPrediction(
                index=first + position,
                label=int(labels[position]),
                prediction=int(predictions[position]),
                probability=probability,
                name=part.names[0] if part.names else "",
                sample=next(iter(part.inputs.values()))[0].copy(),
            )
            heapq.heappush(self._kept, (probability, -found.index, found))
            if len(self._kept) > self._most:
                heapq.heappop(self._kept)

    def results(self) -> tuple[WrongPrediction, ...]:
        """The most confident first; of equals the one that came first."""
        return tuple(kept[-1] for kept in sorted(self._kept, key=lambda kept: kept[:2], reverse=True))
