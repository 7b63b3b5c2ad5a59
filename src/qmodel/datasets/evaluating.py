"""`qmodel.evaluate`: measures a network on whatever holds samples."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from qmodel.datasets.arrays import ArrayDataset
from qmodel.datasets.iterables import IterableDataset, single_input
from qmodel.datasets.paths import dataset_at
from qmodel.errors import InvalidInputError
from qmodel.graph import Graph
from qmodel.model import Model
from qmodel.quality import evaluation
from qmodel.quality.batch import LABELS, Dataset
from qmodel.quality.evaluation import Evaluation, Progress
from qmodel.quality.network_input import NetworkInputs
from qmodel.quality.network_pair import runnable_graph
from qmodel.quality.output_measurement import Task


def evaluate(
    model: Model,
    data: Any,
    labels: Any = None,
    /,
    *,
    reference: Model | None = None,
    task: Task = "auto",
    batch_size: int = 250,
    limit: int | None = None,
    top_k: int = 5,
    keep_wrong: int = 0,
    crop_fraction: float | None = None,
    progress: Progress | None = None,
) -> Evaluation:
    """Measure a network on samples: its errors against labels or targets, and against a reference.

    Labels of classes give accuracy, precision, recall and F1; other targets squared and absolute errors and R². With a
    reference both networks run on the same input, and every output is held against the reference's; so is each layer,
    with it alone quantized and with all layers quantized. Memory does not grow with the number of samples; with a
    reference, the outputs of the reference's layers are held for one batch.

    Args:
        model: the network, with its graph.
        data: images of shape (samples, height, width) or (samples, height, width, channels), which the graph's image
            input prepares; or numbers of the type and shape of the graph's input, which go straight in. Or a mapping
            of arrays by the names of the graph's inputs (`images` for the one that images become), and of its outputs
            (`labels` for the first) for what they should be. An array for an input without an axis of samples serves
            all samples. Or an iterable of batches, each such an array, a pair of images and labels, or a mapping, as a
            PyTorch DataLoader gives them. Or the path of an `.npz` file with such arrays, of an IDX file such as
            MNIST's, or of a folder of images (`qmodel.datasets.image_folder`, `qmodel.datasets.image_file`).
        labels: integers of shape (samples,), the class of each sample, from 0; or the numbers that the first output
            should be; or a mapping of these by name of the output. Where data is a path, that of an IDX file of labels,
            or of a table (`qmodel.datasets.label_table`). None where the data has them, or nobody.
        reference: the network to compare with, usually the float one. It gets the very input of `model`.
        task: `classification` or `regression` says what labels are. `auto` takes integers of shape (samples,) for
            classes where the output is floats of shape (samples, 2 or more). With `classification`, one number a sample
            stands for two classes: the probability of class 1 where all of the first batch are from 0 to 1, else its
            logit.
        batch_size: samples a run; the graph's own when its input has a fixed one, and those of an iterable as they
            come.
        limit: number of samples at most; the first ones are taken.
        top_k: the k of `top_k_accuracy`, at least 1.
        keep_wrong: how many wrong predictions, the most confident ones, to keep with their samples.
        crop_fraction: for a folder of images, the part of their height and width that is seen: they are scaled until
            they just cover the network's size divided by it, and the centre is cut out; 0.875 is usual on ImageNet.
            None: 1.
        progress: called after each batch with the number of samples done and of all samples; None when nobody knows.

    Returns:
        The measures; precision, recall and F1 as `qmodel.quality.classification` defines them.

    Raises:
        OSError: a file cannot be read.
        UnsupportedError: images are in files, and Pillow is not installed.
        InvalidInputError: a network has no graph; a file is damaged; the samples fit neither way; labels do not belong
            to the samples or the classes; there are no samples, or neither labels nor a reference; a score is NaN; a
            crop fraction is not from 0 to 1, or for other samples than a folder of images.
        GraphError: a network cannot be run.
    """
    return evaluation.evaluate(
        model,
        dataset_of(runnable_graph(model, "the model"), data, labels, crop_fraction=crop_fraction),
        reference=reference,
        task=task,
        batch_size=batch_size,
        limit=limit,
        top_k=top_k,
        keep_wrong=keep_wrong,
        progress=progress,
    )


def dataset_of(graph: Graph, data: Any, labels: Any = None, /, *, crop_fraction: float | None = None) -> Dataset:
    """Samples for a network.

    Args:
        graph: the network.
        data: as `evaluate` takes it.
        labels: likewise.
        crop_fraction: likewise.

    Raises:
        OSError: a file cannot be read.
        InvalidInputError: they are nothing like it, or do not fit the network or each other.
    """
    if isinstance(data, str | os.PathLike):
        if not isinstance(labels, str | os.PathLike | None):
            raise InvalidInputError(f"labels of {data} must be in a file, or None, not {type(labels).__name__}")
        return dataset_at(graph, Path(data), None if labels is None else Path(labels), crop_fraction=crop_fraction)
    if crop_fraction is not None:
        raise InvalidInputError("a crop fraction is for folders of images")
    targets = labels if isinstance(labels, Mapping) else {} if labels is None else {LABELS: labels}
    if isinstance(data, Mapping) or hasattr(data, "__array__"):
        return ArrayDataset.of(graph, {**single_input(NetworkInputs.of(graph), data), **targets})
    if not isinstance(data, Iterable):
        raise InvalidInputError(f"samples are arrays, a mapping of arrays, or batches, not {type(data).__name__}")
    if targets:
        raise InvalidInputError("an iterable of batches has its labels in the batches: give none beside it")
    return IterableDataset(graph, data)
