"""Whether the names of a graph hang together (spec/graph.md, "What a reader checks", rules 8 to 11)."""

from __future__ import annotations

from collections.abc import Callable, Set

from qmodel.errors import GraphError
from qmodel.graph.structure import Graph, Node, TensorReference


def check_values(graph: Graph, is_tensor: Callable[[str], bool], /) -> None:
    """Check that every value is made exactly once and before it is read, in the bodies of nodes too.

    Args:
        graph: what to check.
        is_tensor: whether a name is a tensor.

    Raises:
        GraphError: a value that nothing makes, that is made twice, or made later than it is read; an output or a
            tensor of an attribute that does not exist; a body of another opset version.
    """
    _check_scope(graph, is_tensor, frozenset())


def _check_scope(graph: Graph, is_tensor: Callable[[str], bool], around: Set[str]) -> None:
    """Check a graph whose nodes also see the names around it, which it must not make again."""
    known = set(around)
    for value in graph.inputs:
        if value.name in known or is_tensor(value.name):
            raise GraphError(f"graph input {value.name!r} is also {'an input' if value.name in known else 'a tensor'}")
        known.add(value.name)
    made_later = {name for node in graph.nodes for name in node.outputs if name}
    for node in graph.nodes:
        for name in filter(None, node.inputs):
            if name not in known and not is_tensor(name):
                reason = (
                    "is made by this node or a later one: the nodes are out of order or form a cycle"
                    if name in made_later
                    else "is no graph input, no tensor and no output of a node"
                )
                raise GraphError(f"{node}: input {name!r} {reason}")
        _check_attributes(node, graph.opset_version, is_tensor, known)
        for name in filter(None, node.outputs):
            if name in known or is_tensor(name):
                raise GraphError(f"{node}: value {name!r} is made twice, or is also an input or a tensor")
            known.add(name)
    _check_outputs(graph, lambda name: name in known or is_tensor(name))


def _check_attributes(node: Node, opset_version: int, is_tensor: Callable[[str], bool], known: Set[str]) -> None:
    for name, value in node.attributes.items():
        if isinstance(value, TensorReference) and not is_tensor(value.name):
            raise GraphError(f"{node}: attribute {name!r} names tensor {value.name!r}, which does not exist")
        if not isinstance(value, Graph):
            continue
        try:
            if value.opset_version != opset_version:
                raise GraphError(f"opset version {value.opset_version}, the graph around it {opset_version}")
            _check_scope(value, is_tensor, known)
        except GraphError as error:
            raise GraphError(f"{node}: body {name!r}: {error}") from None


def _check_outputs(graph: Graph, exists: Callable[[str], bool]) -> None:
    seen: set[str] = set()
    for value in graph.outputs:
        if not exists(value.name):
            raise GraphError(f"graph output {value.name!r} is made by no node")
        if value.name in seen:
            raise GraphError(f"graph output {value.name!r} is named twice")
        seen.add(value.name)
