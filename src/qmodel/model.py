"""A model: weights, the graph that uses them, and free text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import prod

from qmodel.dtypes import Array, ElementType
from qmodel.graph import Graph

# Fewer values than this cost more in scales and error than their bits save.
SMALLEST_WEIGHT = 256


@dataclass(frozen=True, slots=True)
class Model:
    """Weights by name, with the network they belong to.

    Attributes:
        weights: arrays by tensor name; lazy when the model comes from a file.
        graph: None when there are weights alone.
        metadata: free text by key.
    """

    weights: Mapping[str, Array]
    graph: Graph | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)


def is_weight(element_type: ElementType, shape: tuple[int, ...], /) -> bool:
    """Whether a tensor is worth quantizing or pruning: floats, at least 256 of them, at least two axes longer than 1.

    Biases, the scales of norms, and tiny tensors are not.
    """
    long_axes = sum(length > 1 for length in shape)
    return element_type.is_float and prod(shape) >= SMALLEST_WEIGHT and long_axes >= 2
