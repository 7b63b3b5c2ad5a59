"""One node by itself: what it makes of given inputs with the weights of another network."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from qmodel import dtypes
from qmodel.dtypes import Array
from qmodel.graph import Graph, Node, TensorReference, Value
from qmodel.runtime.session import Session


@dataclass(slots=True)
class SingleNode:
    """A node of a quantized network that is given what the same node of the reference reads.

    Attributes:
        inputs: names that the values it reads have in the reference network.
    """

    inputs: tuple[str, ...]
    _node: Node
    _names: Mapping[str, str]
    _opset_version: int
    _weights: Mapping[str, Array]
    _session: Session | None = None

    @classmethod
    def of(
        cls,
        node: Node,
        reference_node: Node,
        opset_version: int,
        weights: Mapping[str, Array],
        reference_weights: Mapping[str, Array],
    ) -> SingleNode | None:
        """The node; None where it has a body, or the nodes do not read alike."""
        if node.operator != reference_node.operator or len(node.inputs) != len(reference_node.inputs):
            return None
        if any(isinstance(value, Graph | TensorReference) for value in node.attributes.values()):
            return None
        names = {}
        for name, reference_name in zip(node.inputs, reference_node.inputs, strict=True):
            if (name in weights, not name) != (reference_name in reference_weights, not reference_name):
                return None
            if name and name not in weights:
                names[name] = reference_name
        return cls(tuple(dict.fromkeys(names.values())), node, names, opset_version, weights)

    def run(self, values: Mapping[str, Array], /) -> Array:
        """The first output.

        Args:
            values: by their names in the reference network.

        Raises:
            GraphError: the node failed.
        """
        given = {name: values[reference_name] for name, reference_name in self._names.items()}
        output = self._node.outputs[0]
        if self._session is None:
            inputs = tuple(Value(name, dtypes.from_numpy(np.empty(0, each.dtype))[0]) for name, each in given.items())
            graph = Graph("", self._opset_version, (self._node,), inputs, (Value(output, dtypes.F32),))
            own = {name: self._weights[name] for name in self._node.inputs if name in self._weights}
            self._session = Session(graph, own)
        return self._session.run(given, [output])[output]


class KeptValues:
    """Values of a running network, each kept from when it is made until the last node that reads it has run.

    Args:
        readers: for each such node, the names of the values it reads.
    """

    def __init__(self, readers: Iterable[Iterable[str]], /) -> None:
        self._uses = Counter(name for names in readers for name in names)
        self._held: dict[str, tuple[Array, int]] = {}

    def add(self, name: str, value: Array, /) -> None:
        """Keep a value if some node reads it."""
        if uses := self._uses[name]:
            self._held[name] = (value, uses)

    def take(self, names: Iterable[str], /) -> dict[str, Array]:
        """The values that a node reads."""
        taken = {}
        for name in names:
            value, uses = self._held.pop(name)
            taken[name] = value
            if uses > 1:
                self._held[name] = (value, uses - 1)
        return taken
