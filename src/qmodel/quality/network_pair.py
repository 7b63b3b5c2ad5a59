"""A network, alone or beside its reference, run on the same samples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from qmodel.dtypes import Array
from qmodel.errors import InvalidInputError
from qmodel.graph import Graph, Value
from qmodel.model import Model
from qmodel.quality.layers import LayerComparison, LayerError
from qmodel.runtime.session import Session


@dataclass(frozen=True, slots=True)
class _Network:
    graph: Graph
    weights: Mapping[str, Array]
    session: Session

    @classmethod
    def of(cls, model: Model, role: str) -> _Network:
        graph = runnable_graph(model, role)
        return cls(graph, model.weights, Session(graph, model.weights))


class NetworkPair:
    """Both networks, and the errors of the layers of one against those of the other.

    Inputs and outputs of the two belong together by name where all names are the same, else by position.

    Raises:
        InvalidInputError: a network has no graph or no output, or they do not have as many inputs or outputs.
        GraphError: a network cannot be run.
    """

    def __init__(self, model: Model, reference: Model | None) -> None:
        self._network = _Network.of(model, "the model")
        self._reference = None if reference is None else _Network.of(reference, "the reference")
        self._outputs = [value.name for value in self._network.graph.outputs]
        if self._reference is not None:
            mine, other = self._network.graph, self._reference.graph
            self._reference_inputs = _counterparts("inputs", mine.inputs, other.inputs)
            self._reference_outputs = _counterparts("outputs", mine.outputs, other.outputs)
            self._layers = LayerComparison(mine, self._network.weights, other, self._reference.weights)

    def run(self, inputs: Mapping[str, Array], /) -> dict[str, tuple[Array, Array | None]]:
        """Compute both.

        Args:
            inputs: of the network, as it wants them.

        Returns:
            By name of the network's output: it, and the reference's, if there is one.
        """
        if self._reference is None:
            return {name: (array, None) for name, array in self._network.session.run(inputs).items()}
        given = {self._reference_inputs[name]: array for name, array in inputs.items()}
        self._layers.begin(given)
        wanted = [self._reference_outputs[name] for name in self._outputs]
        expected = self._reference.session.run(given, wanted, observe=self._layers.keep_reference)
        found = self._network.session.run(inputs, self._outputs, observe=self._layers.compare)
        return {name: (array, expected[self._reference_outputs[name]]) for name, array in found.items()}

    def layers(self) -> tuple[LayerError, ...]:
        """The errors of the layers so far; none without reference."""
        return () if self._reference is None else self._layers.results()


def runnable_graph(model: Model, role: str, /) -> Graph:
    """The graph of a model.

    Args:
        role: what the model is, for messages.

    Raises:
        InvalidInputError: it has none, or it has no output.
    """
    if model.graph is None:
        raise InvalidInputError(f"{role} has no graph, only weights: it cannot be run")
    if not model.graph.outputs:
        raise InvalidInputError(f"the graph of {role} has no output")
    return model.graph


def _counterparts(what: str, mine: Sequence[Value], other: Sequence[Value]) -> dict[str, str]:
    names, others = [value.name for value in mine], [value.name for value in other]
    if len(names) != len(others):
        raise InvalidInputError(f"the model has {what} {names}, the reference {others}: they cannot be compared")
    return {name: name for name in names} if set(names) == set(others) else dict(zip(names, others, strict=True))
