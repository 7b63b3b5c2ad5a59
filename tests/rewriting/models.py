"""Small models for tests of rewriting, and what they compute."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from qmodel.dtypes import Array
from qmodel.model import Model
from qmodel.runtime.session import Session
from tests.runtime.graphs import graph, node

__all__ = ["Watched", "graph", "model_of", "node", "normal", "operators", "outputs_of"]


def normal(*shape: int, seed: int = 0) -> Array:
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def model_of(nodes, weights: Mapping[str, Array], inputs=None, outputs=("y",), **options) -> Model:
    return Model(weights, graph(nodes, inputs or {"x": ("N", 3, 8, 8)}, outputs, **options))


def outputs_of(model: Model, x: Array) -> dict[str, Array]:
    assert model.graph is not None
    return Session(model.graph, model.weights).run({model.graph.inputs[0].name: x})


def operators(model: Model) -> list[str]:
    assert model.graph is not None
    return [each.operator for each in model.graph.nodes]


class Watched(Mapping[str, Array]):
    """Weights that note which of them were fetched; as the default of Mapping does, `in` fetches."""

    def __init__(self, weights: Mapping[str, Array]) -> None:
        self._weights = weights
        self.fetched: list[str] = []

    def __getitem__(self, name: str) -> Array:
        self.fetched.append(name)
        return self._weights[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._weights)

    def __len__(self) -> int:
        return len(self._weights)
