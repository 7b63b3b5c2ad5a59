"""A model: weights, the graph that uses them, and free text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from qmodel.dtypes import Array
from qmodel.graph import Graph


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
