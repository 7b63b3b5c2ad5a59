"""Measured quality, as a file records it (spec/manifest.md, "Quality")."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from qmodel.errors import CorruptError
from qmodel.v1 import quality_pb2
from qmodel.wire.text import check_names, check_text, utf8_order


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
        CorruptError: a figure is out of its range; metrics are not sorted and unique; a name is too long.
    """
    evaluations = tuple(_evaluation_from_message(evaluation) for evaluation in message.evaluations)
    return ModelQuality(_error_figure(message.relative_mse), evaluations)


def tensor_quality_from_message(message: quality_pb2.TensorQuality, /) -> TensorQuality:
    """The error of one tensor.

    Raises:
        CorruptError: a figure is negative or NaN.
    """
    return TensorQuality(_error_figure(message.relative_mse), _error_figure(message.max_abs_error))


def _evaluation_from_message(message: quality_pb2.Evaluation) -> Evaluation:
    check_text("data set", message.dataset)
    if not message.samples:
        raise CorruptError("an evaluation on 0 samples")
    check_names("metric", [metric.name for metric in message.metrics])
    return Evaluation(message.dataset, message.samples, {metric.name: metric.value for metric in message.metrics})


def _error_figure(figure: float) -> float:
    if not figure >= 0:
        raise CorruptError(f"an error of {figure}; errors are at least 0")
    return figure
