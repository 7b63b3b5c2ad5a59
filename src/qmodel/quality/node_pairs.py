"""The nodes of two networks that belong together, those of bodies included."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from qmodel.graph import Graph, Node


@dataclass(frozen=True, slots=True)
class NodePair:
    """A node and its counterpart, whose outputs have the same names.

    Attributes:
        node: of the network.
        reference_node: of the reference.
        runs_once: whether it runs at most once in a run: it is in no body but those of If.
    """

    node: Node
    reference_node: Node
    runs_once: bool


def node_pairs(graph: Graph, reference: Graph, /) -> tuple[NodePair, ...]:
    """All pairs; none where the graphs make different values, and none in bodies that do.

    Nodes whose outputs have the name of another node's, as in two branches, are left out.
    """
    pairs = tuple(_pairs(graph, reference, runs_once=True))
    uses = Counter(name for pair in pairs for name in pair.node.outputs if name)
    return tuple(pair for pair in pairs if all(uses[name] < 2 for name in pair.node.outputs))


def _pairs(graph: Graph, reference: Graph, *, runs_once: bool) -> Iterator[NodePair]:
    if [node.outputs for node in graph.nodes] != [node.outputs for node in reference.nodes]:
        return
    for node, reference_node in zip(graph.nodes, reference.nodes, strict=True):
        yield NodePair(node, reference_node, runs_once)
        for name, body in node.attributes.items():
            other = reference_node.attributes.get(name)
            if isinstance(body, Graph) and isinstance(other, Graph):
                yield from _pairs(body, other, runs_once=runs_once and node.operator == "If")
