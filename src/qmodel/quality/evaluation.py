"""Runs a network over a data set, alone or beside the float network it was made from."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, get_args

import numpy as np

from qmodel.dtypes import Array
from qmodel.errors import InvalidInputError
from qmodel.model import Model
from qmodel.quality.batch import Batch, Dataset
from qmodel.quality.class_measurement import Classification
from qmodel.quality.classification import ClassScore
from qmodel.quality.layers import LayerError
from qmodel.quality.network_input import NetworkInputs
from qmodel.quality.network_pair import NetworkPair, runnable_graph
from qmodel.quality.output_measurement import OutputMeasurement, OutputQuality, Task
from qmodel.quality.wrong_predictions import WrongPrediction

Progress = Callable[[int, int | None], None]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Evaluation:
    """How good a network is, and how near to its reference.

    Attributes:
        samples: number of samples.
        outputs: what was measured of each output of the graph, in its order.
        layers: the error of each node that has weights; empty without reference, or when its nodes differ.
    """

    samples: int
    outputs: tuple[OutputQuality, ...]
    layers: tuple[LayerError, ...] = ()

    @property
    def classification(self) -> Classification | None:
        """That of the first output that has one: of the only output of a classifier."""
        return next((output.classification for output in self.outputs if output.classification), None)

    @property
    def accuracy(self) -> float:
        """Fraction of samples predicted right. InvalidInputError: there were no labels of classes."""
        return self._classes().accuracy

    @property
    def per_class(self) -> tuple[ClassScore, ...]:
        """Precision, recall and F1 of each class. InvalidInputError: there were no labels of classes."""
        return self._classes().per_class

    @property
    def confusion(self) -> Array:
        """Samples by label (row) and prediction (column). InvalidInputError: there were no labels of classes."""
        return self._classes().confusion

    @property
    def wrong(self) -> tuple[WrongPrediction, ...]:
        """The wrong predictions that were kept. InvalidInputError: there were no labels of classes."""
        return self._classes().wrong

    @property
    def agreement(self) -> float | None:
        """Fraction of samples of which the first output and the reference's predict the same class."""
        return self.outputs[0].deviation.agreement if self.outputs[0].deviation else None

    @property
    def sqnr_db(self) -> float | None:
        """Signal to quantization noise ratio of the first output, in decibels; None without reference."""
        return self.outputs[0].deviation.sqnr_db if self.outputs[0].deviation else None

    def to_json(self) -> dict[str, Any]:
        """The evaluation as dicts, lists, numbers and None; of wrong predictions without the samples.

        Numbers that JSON lacks become None: an infinite SQNR (no error at all), an infinite relative error, and a
        cosine or R² that is not defined.
        """
        return {member.name: _json_value(getattr(self, member.name)) for member in fields(self)}

    def _classes(self) -> Classification:
        if self.classification is None:
            raise InvalidInputError("no output was measured as that of a classifier: there were no labels of classes")
        return self.classification


def evaluate(
    model: Model,
    dataset: Dataset,
    /,
    *,
    reference: Model | None = None,
    task: Task = "auto",
    batch_size: int = 250,
    limit: int | None = None,
    top_k: int = 5,
    keep_wrong: int = 0,
    progress: Progress | None = None,
) -> Evaluation:
    """Measure a network; `qmodel.evaluate` says more of the arguments, and makes data sets of what users have.

    Raises:
        InvalidInputError: a network has no graph; the samples do not fit; there are none, or nothing to hold the
            outputs against; a score is NaN.
        GraphError: a network cannot be run.
    """
    _check_arguments(task, batch_size=batch_size, limit=limit, top_k=top_k, keep_wrong=keep_wrong)
    graph = runnable_graph(model, "the model")
    inputs, pair = NetworkInputs.of(graph), NetworkPair(model, reference)
    measurements = [
        OutputMeasurement(
            value.name,
            task=task,
            top_k=top_k,
            keep_wrong=keep_wrong,
            class_names=dataset.class_names if value is graph.outputs[0] else (),
        )
        for value in graph.outputs
    ]
    total = dataset.samples if limit is None or dataset.samples is None else min(limit, dataset.samples)
    done = 0
    for batch in _limited(dataset.batches(batch_size), inputs, limit):
        if not batch.targets and reference is None:
            raise InvalidInputError("there is nothing to measure: neither labels, nor targets, nor a reference")
        made = pair.run(inputs.prepare(batch.inputs))
        for measurement in measurements:
            measurement.add(*made[measurement.name], batch, inputs)
        done += inputs.count(batch.inputs)
        if progress is not None:
            progress(done, total)
    if not done:
        raise InvalidInputError("there are no samples: nothing to measure")
    return Evaluation(
        samples=done, outputs=tuple(measurement.result() for measurement in measurements), layers=pair.layers()
    )


def _check_arguments(task: str, **counts: int | None) -> None:
    if task not in get_args(Task):
        raise InvalidInputError(f"task must be one of {', '.join(get_args(Task))}, not {task!r}")
    for name, count in counts.items():
        least = 0 if name == "keep_wrong" else 1
        if count is not None and count < least:
            raise InvalidInputError(f"{name} must be at least {least}, not {count}")


def _limited(batches: Iterator[Batch], inputs: NetworkInputs, limit: int | None) -> Iterator[Batch]:
    """The batches up to a number of samples."""
    left = limit
    for batch in batches:
        count = inputs.count(batch.inputs)
        if left is not None and count > left:
            count = left
        if count:
            yield batch.part(inputs, 0, count)
        if left is not None:
            left -= count
            if not left:
                return


def _json_value(value: object) -> object:
    if isinstance(value, WrongPrediction):
        members = [member.name for member in fields(value) if member.name != "sample"]
        return {name: _json_value(getattr(value, name)) for name in members}
    if is_dataclass(value) and not isinstance(value, type):
        return {member.name: _json_value(getattr(value, member.name)) for member in fields(value)}
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, tuple):
        return [_json_value(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
