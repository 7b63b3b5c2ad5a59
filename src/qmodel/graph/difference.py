"""What differs between two graphs, as lists of what one has and the other lacks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from qmodel.graph.structure import AttributeValue, Graph, Node

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class PartDifference:
    """Members of one part of two graphs that only one of them has.

    Attributes:
        part: `input`, `image input`, `output`, `node`, `name` or `opset`.
        removed: what only the first graph has.
        added: what only the second graph has.
    """

    part: str
    removed: tuple[object, ...]
    added: tuple[object, ...]


def graph_differences(before: Graph, after: Graph, /) -> list[PartDifference]:
    """All parts that differ; the order of nodes does not count, the bits of attributes do."""
    parts = [
        _difference("name", [before.name], [after.name], str),
        _difference("opset", [before.opset_version], [after.opset_version], int),
        _difference("input", before.inputs, after.inputs, repr),
        _difference("image input", before.image_inputs, after.image_inputs, repr),
        _difference("output", before.outputs, after.outputs, repr),
        _difference("node", before.nodes, after.nodes, _node_key),
    ]
    return [part for part in parts if part.removed or part.added]


def _difference(
    part: str, before: Iterable[Item], after: Iterable[Item], key: Callable[[Item], Hashable]
) -> PartDifference:
    first, second = list(before), list(after)
    removed, added = _only_in(first, second, key), _only_in(second, first, key)
    return PartDifference(part, tuple(removed), tuple(added))


def _only_in(some: list[Item], others: list[Item], key: Callable[[Item], Hashable]) -> list[Item]:
    """Those of `some` that `others` lack, in their order; equal ones are counted."""
    left = Counter(map(key, others))
    found = []
    for item in some:
        if left[key(item)]:
            left[key(item)] -= 1
        else:
            found.append(item)
    return found


def _node_key(node: Node) -> Hashable:
    attributes = tuple(sorted((name, _attribute_key(value)) for name, value in node.attributes.items()))
    return node.name, node.operator, node.inputs, node.outputs, attributes


def _attribute_key(value: AttributeValue) -> str:
    """Spelled out: 1 and 1.0 differ, NaN equals itself."""
    if isinstance(value, Graph):
        nodes = [_node_key(node) for node in value.nodes]
        return repr((value.name, value.opset_version, value.inputs, value.outputs, value.image_inputs, nodes))
    return repr(value)
