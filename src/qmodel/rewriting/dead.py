"""Dead nodes and tensors: what no output of the graph depends on is taken out."""

from __future__ import annotations

from dataclasses import replace

from qmodel.graph import Graph, Node
from qmodel.model import Model
from qmodel.rewriting.names import count_reads, names_read
from qmodel.rewriting.overlay import OverlayWeights


def remove_dead(model: Model, /) -> Model:
    """Take out nodes that no output of the graph needs, and then tensors that nothing reads.

    Bodies count as readers of what they mention. Graph inputs stay, whether anything reads them or not. No tensor is
    fetched. Weights without a graph stay as they are: nothing says what they are for.
    """
    if model.graph is None:
        return model
    nodes = _needed_nodes(model.graph)
    graph = replace(model.graph, nodes=nodes)
    read = count_reads(graph)
    unread = frozenset(name for name in model.weights if name not in read)
    if not unread and len(nodes) == len(model.graph.nodes):
        return model
    weights = OverlayWeights(model.weights, dropped=unread) if unread else model.weights
    return replace(model, graph=graph, weights=weights)


def _needed_nodes(graph: Graph) -> tuple[Node, ...]:
    wanted = {value.name for value in graph.outputs}
    needed = []
    for node in reversed(graph.nodes):
        if not wanted.isdisjoint(filter(None, node.outputs)):
            needed.append(node)
            wanted.update(names_read(node))
    return tuple(reversed(needed))
