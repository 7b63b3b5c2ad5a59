"""What a network answers to all images, kept so that several networks can be compared with one."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from qmodel.dtypes import Array
from qmodel.errors import InvalidInputError
from qmodel.model import Model
from qmodel.runtime.session import Session

_BATCH = 100


def class_scores(model: Model, images: Array, /, *, after_batch: Callable[[int], None]) -> Array:
    """The first output of a network for images that its image input prepares.

    Args:
        model: with a graph of one input.
        images: uint8 of shape (samples, height, width).
        after_batch: called with the number of images of each batch.

    Returns:
        An array of shape (samples, classes).

    Raises:
        InvalidInputError: the model has no graph, or its graph no image input.
    """
    graph = model.graph
    if graph is None or not graph.image_inputs:
        raise InvalidInputError("the model does not say how images become its input")
    image_input, output = graph.image_inputs[0], graph.outputs[0].name
    session = Session(graph, model.weights)
    batches = []
    for start in range(0, len(images), _BATCH):
        prepared = image_input.prepare(images[start : start + _BATCH])
        batches.append(session.run({image_input.input: prepared}, [output])[output])
        after_batch(len(prepared))
    return np.concatenate(batches)
