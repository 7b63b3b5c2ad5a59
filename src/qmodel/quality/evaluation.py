"""Runs a network over a labelled data set, alone or beside the float network it was made from."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

import numpy as np

from qmodel.dtypes import Array
from qmodel.errors import InvalidInputError
from qmodel.graph import Graph
from qmodel.model import Model
from qmodel.quality.classification import (
    Averages,
    ClassScore,
    agreement,
    checked_labels,
    confusion_matrix,
    count_in_top,
    predicted_classes,
    scores_of,
)
from qmodel.quality.divergence import Divergence
from qmodel.quality.error import ErrorSums
from qmodel.quality.layers import LayerComparison, LayerError
from qmodel.quality.network_input import NetworkInput
from qmodel.runtime.run_state import Observer
from qmodel.runtime.session import Session

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Evaluation:
    """How good a network is, and how near to its reference.

    Attributes:
        samples: number of samples.
        accuracy: fraction of samples predicted right.
        precision: macro average over the classes present or predicted.
        recall: likewise.
        f1: likewise.
        micro: precision, recall and F1 over all samples.
        weighted: averages weighted with the number of samples of each class.
        top_k: the k of the next; at most the number of classes.
        top_k_accuracy: fraction of samples whose class has one of the k largest scores.
        per_class: one for each class, in order of the label.
        confusion: int64 of shape (classes, classes): samples by label (row) and prediction (column).
        agreement: fraction of samples for which network and reference predict the same class; None without reference.
        sqnr_db: signal to quantization noise ratio of the first output against the reference's, in decibels, infinite
            without error; None without reference.
        kl_divergence: mean Kullback-Leibler divergence of the classes' probabilities from the reference's, in nats; the
            scores themselves where the reference's are probabilities, else their softmax. None without reference.
        layers: the error of each node that has weights; empty without reference, or when its nodes differ.
    """

    samples: int
    accuracy: float
    precision: float
    recall: float
    f1: float
    micro: Averages
    weighted: Averages
    top_k: int
    top_k_accuracy: float
    per_class: tuple[ClassScore, ...]
    confusion: Array
    agreement: float | None = None
    sqnr_db: float | None = None
    kl_divergence: float | None = None
    layers: tuple[LayerError, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The evaluation as dicts, lists, numbers and None.

        Numbers that JSON lacks become None: an infinite SQNR (no error at all), an infinite relative error, and a
        cosine that is not defined.
        """
        return {member.name: _json_value(getattr(self, member.name)) for member in fields(self)}


def evaluate(
    model: Model,
    images: Array,
    labels: Array,
    /,
    *,
    reference: Model | None = None,
    batch_size: int = 250,
    top_k: int = 5,
    progress: Progress | None = None,
) -> Evaluation:
    """Measure a classifier on a labelled data set.

    The first output of the graph holds the scores of the classes. With a reference, both networks run on the same
    input, and each layer is compared with all layers before it quantized too. Memory does not grow with the number of
    samples; with a reference, the outputs of the reference's layers are held for one batch.

    Args:
        model: the network, with its graph.
        images: images of shape (samples, height, width) or (samples, height, width, channels), which the graph's image
            input prepares; or numbers of the type and shape of the graph's input, which go straight in.
        labels: integers of shape (samples,): the class of each sample, from 0.
        reference: the network to compare with, usually the float one. It gets the very input of `model`.
        batch_size: samples a run; the graph's own when its input has a fixed one.
        top_k: the k of `top_k_accuracy`, at least 1.
        progress: called after each batch with the number of samples done and of all samples.

    Returns:
        The measures; precision, recall and F1 as `qmodel.quality.classification` defines them.

    Raises:
        InvalidInputError: a network has no graph, or several inputs; the images fit neither way; the labels do not
            belong to the images or the classes; there are no samples; a score is NaN.
        GraphError: a network cannot be run.
    """
    checked = checked_labels(np.asarray(labels))
    samples = _count_samples(images, checked, batch_size)
    if top_k < 1:
        raise InvalidInputError(f"top_k must be at least 1, not {top_k}")
    network = _Network.of(model, "the model")
    network_input = NetworkInput.of(network.graph)
    other = None if reference is None else _Network.of(reference, "the reference")
    measurement = _Measurement(network, other, top_k)
    step = network_input.batch_size(samples, batch_size)
    for start in range(0, samples, step):
        stop = min(start + step, samples)
        measurement.add(network_input.prepare(images[start:stop]), checked[start:stop])
        if progress is not None:
            progress(stop, samples)
    return measurement.evaluation()


@dataclass(frozen=True, slots=True)
class _Network:
    """A network of one input and its first output, ready to run."""

    model: Model
    graph: Graph
    session: Session

    @classmethod
    def of(cls, model: Model, role: str) -> _Network:
        graph = model.graph
        if graph is None:
            raise InvalidInputError(f"{role} has no graph, only weights: it cannot be run")
        if not graph.outputs:
            raise InvalidInputError(f"the graph of {role} has no output")
        NetworkInput.of(graph)
        return cls(model, graph, Session(graph, model.weights))

    def run(self, prepared: Array, observe: Observer | None = None) -> Array:
        output = self.graph.outputs[0].name
        return self.session.run({self.graph.inputs[0].name: prepared}, [output], observe=observe)[output]


class _Measurement:
    """Everything that is summed over the batches."""

    def __init__(self, network: _Network, reference: _Network | None, top_k: int) -> None:
        self._top_k = top_k
        self._in_top = 0
        self._divergence = Divergence()
        self._network = network
        self._reference = reference
        self._confusion: Array | None = None
        self._predictions: list[Array] = []
        self._reference_predictions: list[Array] = []
        self._output_error = ErrorSums()
        if reference is not None:
            self._layers = LayerComparison(
                network.graph, network.model.weights, reference.graph, reference.model.weights
            )

    def add(self, prepared: Array, labels: Array) -> None:
        scores = self._network.run(prepared) if self._reference is None else self._run_both(prepared, self._reference)
        predictions = predicted_classes(scores)
        confusion = confusion_matrix(labels, predictions, classes=scores.shape[1])
        self._confusion = confusion if self._confusion is None else self._confusion + confusion
        self._predictions.append(predictions)
        self._top_k = min(self._top_k, scores.shape[1])
        self._in_top += count_in_top(scores, labels, k=self._top_k)

    def evaluation(self) -> Evaluation:
        assert self._confusion is not None, "there is at least one batch"
        scores = scores_of(self._confusion)
        alone = Evaluation(
            samples=scores.samples,
            accuracy=scores.accuracy,
            precision=scores.precision,
            recall=scores.recall,
            f1=scores.f1,
            micro=scores.micro,
            weighted=scores.weighted,
            top_k=self._top_k,
            top_k_accuracy=self._in_top / scores.samples,
            per_class=scores.per_class,
            confusion=scores.confusion,
        )
        if self._reference is None:
            return alone
        return replace(
            alone,
            agreement=agreement(np.concatenate(self._predictions), np.concatenate(self._reference_predictions)),
            sqnr_db=self._output_error.sqnr_db,
            kl_divergence=self._divergence.mean,
            layers=self._layers.results(),
        )

    def _run_both(self, prepared: Array, reference: _Network) -> Array:
        self._layers.begin({reference.graph.inputs[0].name: prepared})
        reference_scores = reference.run(prepared, self._layers.keep_reference)
        scores = self._network.run(prepared, self._layers.compare)
        self._reference_predictions.append(predicted_classes(reference_scores))
        self._output_error = self._output_error.add(reference_scores, scores)
        self._divergence.add(reference_scores, scores)
        return scores


def _count_samples(images: Array, labels: Array, batch_size: int) -> int:
    if batch_size < 1:
        raise InvalidInputError(f"batch_size must be at least 1, not {batch_size}")
    if images.ndim == 0 or len(images) != len(labels):
        raise InvalidInputError(f"there are {len(labels)} labels, and the images have shape {images.shape}")
    return len(labels)


def _json_value(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return {member.name: _json_value(getattr(value, member.name)) for member in fields(value)}
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, tuple):
        return [_json_value(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
