"""The operator Dropout."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.errors import GraphError
from qmodel.runtime.registry import operator


@operator("Dropout", since=12)
def dropout(
    x: Array,
    ratio: Array | None = None,
    training_mode: Array | None = None,
    /,
    *,
    output_count: int,
    seed: int | None = None,
) -> tuple[Array, Array]:
    """The input itself, and a mask that keeps everything: nothing is dropped outside training, or by a ratio of 0."""
    if training_mode is not None and training_mode.any() and (ratio is None or ratio.any()):
        raise GraphError("training_mode is set, which drops at random; export the network for inference")
    return x, _mask(x, output_count)


@operator("Dropout", until=11)
def dropout_by_attribute(x: Array, /, *, output_count: int, ratio: float = 0.5) -> tuple[Array, Array]:
    """As `dropout`; the mode of training is not part of the node."""
    return x, _mask(x, output_count)


def _mask(x: Array, output_count: int) -> Array:
    return np.ones(x.shape if output_count > 1 else 0, dtype=np.bool_)
