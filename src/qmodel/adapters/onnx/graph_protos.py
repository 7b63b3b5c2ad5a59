"""Graph to GraphProto, without the weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from qmodel.adapters.onnx.source import onnx_package
from qmodel.adapters.onnx.tensors import data_type_of
from qmodel.graph import AttributeValue, Graph, Node, TensorReference, Value

MakeTensor = Callable[[str], Any]


def graph_proto(graph: Graph, make_tensor: MakeTensor, /) -> Any:
    """The graph with its bodies.

    Args:
        graph: whose names hang together.
        make_tensor: gives the TensorProto of a tensor that an attribute refers to.

    Raises:
        UnsupportedError: an input or output has an element type that ONNX lacks.
    """
    proto = onnx_package().GraphProto(name=graph.name or "graph")
    proto.node.extend(_node_proto(node, make_tensor) for node in graph.nodes)
    proto.input.extend(map(_value_proto, graph.inputs))
    proto.output.extend(map(_value_proto, graph.outputs))
    return proto


def _node_proto(node: Node, make_tensor: MakeTensor) -> Any:
    proto = onnx_package().NodeProto(name=node.name, op_type=node.operator, input=node.inputs, output=node.outputs)
    proto.attribute.extend(_attribute_proto(name, value, make_tensor) for name, value in node.attributes.items())
    return proto


def _attribute_proto(name: str, value: AttributeValue, make_tensor: MakeTensor) -> Any:
    kinds = onnx_package().AttributeProto
    match value:
        case float():
            return kinds(name=name, type=kinds.FLOAT, f=value)
        case int():
            return kinds(name=name, type=kinds.INT, i=value)
        case bytes():
            return kinds(name=name, type=kinds.STRING, s=value)
        case TensorReference():
            return kinds(name=name, type=kinds.TENSOR, t=make_tensor(value.name))
        case Graph():
            return kinds(name=name, type=kinds.GRAPH, g=graph_proto(value, make_tensor))
        case (float(), *_):
            return kinds(name=name, type=kinds.FLOATS, floats=value)
        case (bytes(), *_):
            return kinds(name=name, type=kinds.STRINGS, strings=value)
    return kinds(name=name, type=kinds.INTS, ints=value)


def _value_proto(value: Value) -> Any:
    helper = onnx_package().helper
    return helper.make_tensor_value_info(
        value.name, data_type_of(value.element_type, f"value {value.name!r}"), value.shape
    )
