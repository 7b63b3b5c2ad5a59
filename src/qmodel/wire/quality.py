"""Measured quality, as a file records it (spec/manifest.md, "Quality")."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from qmodel.v1 import quality_pb2
from qmodel.wire.text import check_names, utf8_order


@dataclass(frozen=True, slots=True)
class TensorQuality:
    """The error of one tensor against the values given to the writer.

    Attributes:
        relative_mse: sum of squared errors over sum of squares; 0 where the values are all zero.
        max_abs_error: largest absolute error.
    """

    relative_mse: float
    max_abs_error: float


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The result of running a model on one data set: figures by name."""

    dataset: str
    samples: int
    metrics: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class ModelQuality:
    """Measurements of a whole model.

    Attributes:
        relative_mse: sum of squared errors over sum of squares, over all tensors stored with loss together.
        evaluations: results on data sets.
    """

    relative_mse: float
    evaluations: tuple[Evaluation, ...] = ()


def model_quality_to_message(quality: ModelQuality, message: quality_pb2.ModelQuality, /) -> None:
    """Fill an empty message."""
    message.SetInParent()
    message.relative_mse = quality.relative_mse
    for evaluation in quality.evaluations:
        target = message.evaluations.add(dataset=evaluation.dataset, samples=evaluation.samples)
        for name in sorted(evaluation.metrics, key=utf8_order):
            target.metrics.add(name=name, value=evaluation.metrics[name])


def model_quality_from_message(message: quality_pb2.ModelQuality, /) -> ModelQuality:
    """The measurements of a message.

    Raises:
        CorruptError: metrics are not sorted and unique.
    """
    evaluations = []
    for evaluation in message.evaluations:
        check_names("metric", [metric.name for metric in evaluation.metrics])
        metrics = {metric.name: metric.value for metric in evaluation.metrics}
        evaluations.append(Evaluation(evaluation.dataset, evaluation.samples, metrics))
    return ModelQuality(message.relative_mse, tuple(evaluations))
