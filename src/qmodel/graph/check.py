"""Whether the names of a graph hang together (spec/graph.md, "What a reader checks", rules 8 to 11)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from qmodel.errors import GraphError
from qmodel.graph.structure import Graph, TensorReference


def check_values(graph: Graph, is_tensor: Callable[[str], bool], /) -> None:
    """Check that every value is made exactly once and before it is read; bodies of nodes are not looked into.

    Args:
        graph: what to check.
        is_tensor: whether a name is a tensor.

    Raises:
        GraphError: a value that nothing makes, that is made twice, or made later than it is read; an output or a
            tensor of an attribute that does not exist.
    """
    known = _input_names(graph, is_tensor)
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
        for name in filter(None, node.outputs):
            if name in known or is_tensor(name):
                raise GraphError(f"{node}: value {name!r} is made twice, or is also an input or a tensor")
            known.add(name)
    _check_outputs(graph, lambda name: name in known or is_tensor(name))


def missing_tensors(graph: Graph, is_tensor: Callable[[str], bool], /) -> Iterator[GraphError]:
    """An error for each attribute that names a tensor which does not exist."""
    for node in graph.nodes:
        for name, value in node.attributes.items():
            if isinstance(value, TensorReference) and not is_tensor(value.name):
                yield GraphError(f"{node}: attribute {name!r} names tensor {value.name!r}, which does not exist")


def _input_names(graph: Graph, is_tensor: Callable[[str], bool]) -> set[str]:
    known: set[str] = set()
    for value in graph.inputs:
        if value.name in known or is_tensor(value.name):
            raise GraphError(f"graph input {value.name!r} is also {'an input' if value.name in known else 'a tensor'}")
        known.add(value.name)
    return known


def _check_outputs(graph: Graph, exists: Callable[[str], bool]) -> None:
    seen: set[str] = set()
    for value in graph.outputs:
        if not exists(value.name):
            raise GraphError(f"graph output {value.name!r} is made by no node")
        if value.name in seen:
            raise GraphError(f"graph output {value.name!r} is named twice")
        seen.add(value.name)
