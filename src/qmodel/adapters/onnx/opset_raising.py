"""Whether a graph means the same in a newer version of the operators."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from qmodel.adapters.onnx.source import onnx_package
from qmodel.graph import Graph, Node

# Changes that the declarations of the operators do not show: the version that brought them.
_SILENT_CHANGES = {"GroupNormalization": 21, "RoiAlign": 16, "Split": 18}


def keeps_meaning(graph: Graph, version: int, /) -> bool:
    """Whether every operator of a graph and its bodies, as it is used there, is the same in a newer version."""
    return all(_is_same(node, graph.opset_version, version) for node in _all_nodes(graph))


def _all_nodes(graph: Graph) -> Iterator[Node]:
    for node in graph.nodes:
        yield node
        for value in node.attributes.values():
            if isinstance(value, Graph):
                yield from _all_nodes(value)


def _is_same(node: Node, old: int, new: int) -> bool:
    defs = onnx_package().defs
    try:
        before, after = (defs.get_schema(node.operator, version, "") for version in (old, new))
    except defs.SchemaError:
        return False
    if before.since_version == after.since_version:
        return True
    if before.since_version < _SILENT_CHANGES.get(node.operator, 0) <= after.since_version:
        return False
    if node.operator == "BatchNormalization":
        return len(node.outputs) == 1
    return not after.deprecated and _same_attributes(before, after) and _same_inputs(before, after)


def _same_attributes(before: Any, after: Any) -> bool:
    """Whether all attributes are still there with their defaults; new ones have a default of their own."""
    kept = all(
        name in after.attributes
        and attribute.type == after.attributes[name].type
        and attribute.default_value.SerializeToString() == after.attributes[name].default_value.SerializeToString()
        for name, attribute in before.attributes.items()
    )
    added = after.attributes.keys() - before.attributes.keys()
    return kept and not any(after.attributes[name].required for name in added)


def _same_inputs(before: Any, after: Any) -> bool:
    return bool(before.min_input == after.min_input or after.min_input < before.min_input)
