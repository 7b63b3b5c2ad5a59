"""Identities: nodes that hand on what they get are taken out, where that is certain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from qmodel.dtypes import Array
from qmodel.graph import Graph, Node
from qmodel.model import Model
from qmodel.rewriting.attributes import integer
from qmodel.rewriting.names import body_names, count_reads, rename_reads
from qmodel.rewriting.overlay import tensor_facts
from qmodel.rewriting.shapes import (
    ONNX_TYPES,
    UNKNOWN,
    Lengths,
    ValueFacts,
    broadcast_shape,
    infer_facts,
    integers,
    small_constant,
)

_NEUTRAL = {"Add": 0, "Sub": 0, "Mul": 1, "Div": 1}
_RESHAPING = frozenset({"Flatten", "Reshape", "Squeeze"})
_VARIADIC = frozenset({"Concat", "Max", "Mean", "Min", "Sum"})


def remove_identities(model: Model, /) -> Model:
    """Take out nodes whose result is their input, and let readers read the input.

    Identity; Dropout outside training; Transpose that keeps the order of axes; Reshape, Flatten and Squeeze to the
    shape that is there already; Cast to the type that is there already; Pad by nothing; Concat, Max, Mean, Min and Sum
    of one value; Add and Sub of 0, Mul and Div by 1, where they do not widen the shape. A node goes only when this
    follows from attributes, tensors, and the types and shapes of graph inputs. Bit-exact, but that −0 + 0 may stay −0.

    Graph outputs keep their names: the node before takes the name over. A node between a graph input, a tensor or
    another output and an output stays.
    """
    if model.graph is None:
        return model
    graph = _Sweep(model.graph, model.weights).swept()
    return model if len(graph.nodes) == len(model.graph.nodes) else replace(model, graph=graph)


class _Sweep:
    """One walk over the nodes of a graph, in order."""

    def __init__(self, graph: Graph, weights: Mapping[str, Array]) -> None:
        self._graph = graph
        self._weights = weights
        self._facts = infer_facts(graph, weights)
        self._reads = count_reads(graph)
        self._outputs = {value.name for value in graph.outputs}
        self._made = {name for node in graph.nodes for name in node.outputs}
        self._names_of_bodies = set(body_names(graph.nodes))
        self._replaced: dict[str, str] = {}
        self._given_output_names: dict[str, str] = {}

    def swept(self) -> Graph:
        kept = []
        for original in self._graph.nodes:
            node = rename_reads(original, self._replaced)
            source = self._source(node)
            if source is None or not self._may_go(node.outputs[0], source):
                kept.append(node)
        names = self._given_output_names
        nodes = tuple(
            replace(rename_reads(node, names), outputs=tuple(names.get(name, name) for name in node.outputs))
            for node in kept
        )
        return replace(self._graph, nodes=nodes)

    def _may_go(self, made: str, source: str) -> bool:
        """Note which name stands for which from now on; False when the node has to stay."""
        if made not in self._outputs:
            self._replaced[made] = source
            return True
        taken = source not in self._made or source in self._outputs or source in self._given_output_names
        if taken or made in self._names_of_bodies:
            return False
        self._given_output_names[source] = made
        return True

    def _source(self, node: Node) -> str | None:
        """The input that the node hands on; None when it is not certain that it does."""
        extra_is_read = any(self._reads[name] for name in node.outputs[1:])
        if not node.inputs or not node.outputs or not node.outputs[0] or extra_is_read:
            return None
        if node.operator in _NEUTRAL:
            return self._operand_beside_neutral(node)
        return node.inputs[0] if node.inputs[0] and self._hands_on_first(node) else None

    def _hands_on_first(self, node: Node) -> bool:
        facts = self._facts_of(node.inputs[0])
        match node.operator:
            case "Identity":
                return True
            case "Dropout":
                return self._is_no_training(node)
            case "Transpose":
                return _keeps_order(node, facts.shape)
            case "Cast":
                wanted = ONNX_TYPES.get(integer(node, "to", 0))
                return facts.element_type is not None and facts.element_type.name == wanted
            case "Pad":
                pads = integers(self._weights, node, 1, "pads")
                return pads is not None and not any(pads)
            case operator if operator in _RESHAPING:
                return _certainly_equal(facts.shape, self._facts_of(node.outputs[0]).shape)
        return node.operator in _VARIADIC and len(node.inputs) == 1

    def _is_no_training(self, node: Node) -> bool:
        name = node.inputs[2] if len(node.inputs) > 2 else ""
        flag = small_constant(self._weights, name) if name else None
        return not name or (flag is not None and not flag.any())

    def _operand_beside_neutral(self, node: Node) -> str | None:
        if len(node.inputs) != 2:
            return None
        first, second = node.inputs
        if self._is_neutral(node, first, second):
            return first
        commutes = node.operator in ("Add", "Mul")
        return second if commutes and self._is_neutral(node, second, first) else None

    def _is_neutral(self, node: Node, operand: str, constant: str) -> bool:
        values = small_constant(self._weights, constant)
        if values is None or operand in self._weights or not (values == _NEUTRAL[node.operator]).all():
            return False
        if not values.shape:
            return True
        shape = self._facts_of(operand).shape
        return _certainly_equal(shape, broadcast_shape([shape, values.shape]))

    def _facts_of(self, name: str) -> ValueFacts:
        if name in self._weights:
            return ValueFacts(*tensor_facts(self._weights, name))
        return self._facts.get(name, UNKNOWN)


def _keeps_order(node: Node, shape: Lengths | None) -> bool:
    order = node.attributes.get("perm")
    if isinstance(order, tuple):
        return order == tuple(range(len(order)))
    return shape is not None and len(shape) <= 1


def _certainly_equal(one: Lengths | None, other: Lengths | None) -> bool:
    return one is not None and one == other and None not in one
