"""Nodes bound to operators: every rule that can be checked before running is checked here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from qmodel.dtypes import Array
from qmodel.errors import GraphError, UnsupportedOperatorError
from qmodel.graph import AttributeValue, Graph, Node, TensorReference, Value
from qmodel.graph.check import check_values
from qmodel.runtime.body_counts import check_body_counts
from qmodel.runtime.memory import DEFAULT_MEMORY_LIMIT
from qmodel.runtime.registry import (
    NEWEST_OPSET,
    OLDEST_OPSET,
    Attribute,
    Body,
    Floats,
    Ints,
    Operator,
    Strings,
    find_operator,
)

IsWeight = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class BoundBody:
    """A graph in an attribute, its nodes bound.

    Attributes:
        inputs: what the node around it gives.
        outputs: what it gets.
        nodes: in order.
        captured: names of values of the graphs around it that it reads, the bodies inside it included; no tensors.
    """

    inputs: tuple[Value, ...]
    outputs: tuple[Value, ...]
    nodes: tuple[BoundNode, ...]
    captured: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BoundNode:
    """A node with its operator and its attributes as the operator's function wants them.

    Attributes:
        node: as in the graph.
        operator: its meaning in the graph's opset.
        inputs: names of the values read; empty for one left out.
        outputs: names of the values made; empty for one nobody reads.
        keywords: attributes as Python values.
        tensor_keywords: attributes that are tensors of the file: keyword to tensor name.
        bodies: attributes that are graphs, by keyword.
    """

    node: Node
    operator: Operator
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    keywords: Mapping[str, Any]
    tensor_keywords: Mapping[str, str]
    bodies: Mapping[str, BoundBody] = field(default_factory=dict)

    @property
    def reads(self) -> tuple[str, ...]:
        """Names of all values read: the inputs given, and what the bodies read of the graphs around them."""
        captured = (name for body in self.bodies.values() for name in body.captured)
        return (*filter(None, self.inputs), *captured)


def bind_nodes(
    graph: Graph, is_weight: IsWeight, /, *, memory_limit: int = DEFAULT_MEMORY_LIMIT
) -> tuple[BoundNode, ...]:
    """Check a graph and bind its nodes, in order.

    Args:
        graph: what to check.
        is_weight: whether a name is a tensor.
        memory_limit: most bytes of an array whose size does not follow from those of a node's inputs.

    Raises:
        UnsupportedOperatorError: opset out of range; unknown operator.
        GraphError: a number of inputs or outputs, or an attribute, that does not
            fit it; a value that nothing makes, or made twice; nodes out of order or in a cycle; an output that
            nothing makes.
    """
    if not OLDEST_OPSET <= graph.opset_version <= NEWEST_OPSET:
        raise UnsupportedOperatorError(
            f"the graph uses opset {graph.opset_version}; the interpreter knows {OLDEST_OPSET} to {NEWEST_OPSET}. "
            "Convert it with onnx.version_converter"
        )
    bound = tuple(_bind(node, graph.opset_version, is_weight, memory_limit) for node in graph.nodes)
    check_values(graph, is_weight)
    return bound


def _bind(node: Node, opset: int, is_weight: IsWeight, memory_limit: int) -> BoundNode:
    try:
        operator = find_operator(node.operator, opset)
        _check_counts(node, operator)
        converted = {name: _attribute(operator, name, value) for name, value in node.attributes.items()}
        _check_attributes(operator, converted, is_weight)
        check_body_counts(node)
        bodies = {
            name: _bind_body(value, is_weight, memory_limit)
            for name, value in converted.items()
            if isinstance(value, Graph)
        }
    except GraphError as error:
        raise type(error)(f"{node}: {error}") from error.__cause__
    keywords = {name: value for name, value in converted.items() if not isinstance(value, TensorReference | Graph)}
    if "output_count" in operator.keywords:
        keywords["output_count"] = len(node.outputs)
    if "memory_limit" in operator.keywords:
        keywords["memory_limit"] = memory_limit
    tensors = {name: value.name for name, value in converted.items() if isinstance(value, TensorReference)}
    return BoundNode(node, operator, node.inputs, node.outputs, keywords, tensors, bodies)


def _bind_body(body: Graph, is_weight: IsWeight, memory_limit: int) -> BoundBody:
    nodes = tuple(_bind(node, body.opset_version, is_weight, memory_limit) for node in body.nodes)
    made = {value.name for value in body.inputs} | {name for node in body.nodes for name in node.outputs}
    read = [*(name for bound in nodes for name in bound.reads), *(value.name for value in body.outputs)]
    captured = tuple(name for name in dict.fromkeys(read) if name not in made and not is_weight(name))
    return BoundBody(body.inputs, body.outputs, nodes, captured)


def _check_counts(node: Node, operator: Operator) -> None:
    given = len(node.inputs)
    if operator.max_inputs is not None and given > operator.max_inputs:
        raise GraphError(f"wanted at most {operator.max_inputs} inputs, got {given}")
    variadic = () if operator.max_inputs is not None else node.inputs[operator.named_inputs :]
    if given < operator.required_inputs or "" in (*node.inputs[: operator.required_inputs], *variadic):
        raise GraphError(f"wanted at least {operator.required_inputs} inputs, got {node.inputs}")
    if not any(node.outputs):
        raise GraphError("the node names no output")
    most = operator.max_outputs
    if most is not None and any(node.outputs[most:]):
        raise GraphError(f"wanted at most {most} outputs, got {node.outputs}; the interpreter does not make the others")


def _check_attributes(operator: Operator, given: Mapping[str, object], is_weight: IsWeight) -> None:
    for name, attribute in operator.attributes.items():
        if attribute.required and name not in given:
            raise GraphError(f"attribute {name!r} is missing")
    for name, value in given.items():
        if isinstance(value, TensorReference) and not is_weight(value.name):
            raise GraphError(f"attribute {name!r} names tensor {value.name!r}, which does not exist")


def _attribute(operator: Operator, name: str, value: AttributeValue) -> Any:
    attribute = operator.attributes.get(name)
    if attribute is None:
        raise GraphError(f"unknown attribute {name!r}; known: {', '.join(operator.attributes) or 'none'}")
    if attribute.type is str and isinstance(value, bytes):
        return _text(name, value)
    if attribute.type == Strings and isinstance(value, tuple) and all(isinstance(item, bytes) for item in value):
        return tuple(_text(name, item) for item in value)  # type: ignore[arg-type]  # all are bytes, just checked
    if not _fits(attribute, value):
        raise GraphError(f"attribute {name!r} must be {_describe(attribute)}, got {value!r}")
    return value


def _fits(attribute: Attribute, value: AttributeValue) -> bool:
    if attribute.type in (Ints, Floats):
        item = int if attribute.type == Ints else float
        return isinstance(value, tuple) and all(isinstance(entry, item) for entry in value)
    if attribute.type == Array:
        return isinstance(value, TensorReference)
    if attribute.type is Body:
        return isinstance(value, Graph)
    return attribute.type in (int, float) and isinstance(value, attribute.type)


def _describe(attribute: Attribute) -> str:
    names = {int: "an INT", float: "a FLOAT", str: "a STRING", Body: "a GRAPH"}
    lists = {Ints: "INTS", Floats: "FLOATS", Strings: "STRINGS"}
    return names.get(attribute.type) or lists.get(attribute.type) or "a TENSOR"


def _text(name: str, value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise GraphError(f"attribute {name!r} must be UTF-8 text, got {value!r}") from None
