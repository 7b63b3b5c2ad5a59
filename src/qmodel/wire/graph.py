"""The graph and the message `Graph` (spec/graph.md)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from qmodel.dtypes import F32
from qmodel.errors import CorruptError, InvalidInputError
from qmodel.graph import AttributeValue, Graph, ImageInput, ImageLayout, Node, TensorReference, Value
from qmodel.limits import MAX_AXIS_LENGTH, MAX_BODY_NESTING
from qmodel.v1 import graph_pb2
from qmodel.wire.element_type import element_type_number, element_type_of
from qmodel.wire.text import check_names, check_text, utf8_order

_LAYOUT_NUMBERS = {layout: graph_pb2.ImageLayout.Value(f"IMAGE_LAYOUT_{layout.name}") for layout in ImageLayout}


def graph_to_message(graph: Graph, message: graph_pb2.Graph, /) -> None:
    """Fill an empty message with a graph."""
    message.name = graph.name
    message.opset_version = graph.opset_version
    for node in graph.nodes:
        _node_to_message(node, message.nodes.add())
    for value in graph.inputs:
        _value_to_message(value, message.inputs.add())
    for value in graph.outputs:
        _value_to_message(value, message.outputs.add())
    for image_input in sorted(graph.image_inputs, key=lambda each: utf8_order(each.input)):
        _image_input_to_message(image_input, message.image_inputs.add())


def graph_from_message(message: graph_pb2.Graph, depth: int = 0, /) -> Graph:
    """The graph of a message.

    Raises:
        CorruptError: it breaks one of the rules 1 to 7 of spec/graph.md.
    """
    if depth > MAX_BODY_NESTING:
        raise CorruptError(f"graph bodies nested deeper than {MAX_BODY_NESTING}")
    check_text("graph", message.name)
    if not message.opset_version:
        raise CorruptError("a graph of opset version 0")
    graph = Graph(
        name=message.name,
        opset_version=message.opset_version,
        nodes=tuple(_node_from_message(node, depth) for node in message.nodes),
        inputs=tuple(_value_from_message(value) for value in message.inputs),
        outputs=tuple(_value_from_message(value) for value in message.outputs),
        image_inputs=tuple(_image_input_from_message(each) for each in message.image_inputs),
    )
    _check_image_inputs(graph, is_body=depth > 0)
    return graph


def _node_to_message(node: Node, message: graph_pb2.Node) -> None:
    message.name = node.name
    message.operator = node.operator
    message.inputs.extend(node.inputs)
    message.outputs.extend(node.outputs)
    for name in sorted(node.attributes, key=utf8_order):
        attribute = message.attributes.add(name=name)
        _attribute_to_message(node.attributes[name], attribute)


def _node_from_message(message: graph_pb2.Node, depth: int) -> Node:
    check_text("node", message.name)
    check_text("operator", message.operator, empty_allowed=False)
    for name in (*message.inputs, *message.outputs):
        check_text("value", name)
    check_names("attribute", [attribute.name for attribute in message.attributes])
    attributes = {attribute.name: _attribute_from_message(attribute, depth) for attribute in message.attributes}
    return Node(message.name, message.operator, tuple(message.inputs), tuple(message.outputs), attributes)


def _attribute_to_message(value: AttributeValue, message: graph_pb2.Attribute) -> None:
    if isinstance(value, Graph):
        message.graph.SetInParent()
        graph_to_message(value, message.graph)
    elif isinstance(value, TensorReference):
        message.tensor_name = value.name
    elif isinstance(value, tuple):
        _list_to_message(value, message)
    elif isinstance(value, bytes):
        message.string_value = value
    elif isinstance(value, float):
        message.float_value = value
    else:
        message.int_value = value


def _list_to_message(values: tuple[Any, ...], message: graph_pb2.Attribute) -> None:
    if all(isinstance(value, int) for value in values):
        target: Any = message.int_list
    elif all(isinstance(value, bytes) for value in values):
        target = message.string_list
    else:
        target = message.float_list
    target.SetInParent()
    target.values.extend(values)


_ATTRIBUTE_READERS: dict[str, Callable[[graph_pb2.Attribute], AttributeValue]] = {
    "float_value": lambda message: message.float_value,
    "int_value": lambda message: message.int_value,
    "string_value": lambda message: message.string_value,
    "float_list": lambda message: tuple(message.float_list.values),
    "int_list": lambda message: tuple(message.int_list.values),
    "string_list": lambda message: tuple(message.string_list.values),
    "tensor_name": lambda message: TensorReference(message.tensor_name),
}


def _attribute_from_message(message: graph_pb2.Attribute, depth: int) -> AttributeValue:
    kind = message.WhichOneof("value")
    if kind is None:
        raise CorruptError(f"attribute {message.name!r} without a value")
    if kind == "graph":
        return graph_from_message(message.graph, depth + 1)
    return _ATTRIBUTE_READERS[kind](message)


def _value_to_message(value: Value, message: graph_pb2.Value) -> None:
    message.name = value.name
    message.element_type = element_type_number(value.element_type)  # type: ignore[assignment]
    if value.shape is None:
        return
    message.shape.SetInParent()
    for length in value.shape:
        dimension = message.shape.dimensions.add()
        if isinstance(length, str):
            dimension.symbol = length
        elif length is not None:
            dimension.size = length


def _value_from_message(message: graph_pb2.Value) -> Value:
    check_text("value", message.name, empty_allowed=False)
    element_type = element_type_of(message.element_type)
    if not message.HasField("shape"):
        return Value(message.name, element_type)
    return Value(message.name, element_type, tuple(map(_length_of, message.shape.dimensions)))


def _length_of(message: graph_pb2.Dimension) -> int | str | None:
    kind = message.WhichOneof("length")
    if kind == "symbol":
        check_text("symbol", message.symbol, empty_allowed=False)
        return message.symbol
    if kind == "size" and message.size > MAX_AXIS_LENGTH:
        raise CorruptError(f"an axis of length {message.size}; at most {MAX_AXIS_LENGTH} is allowed")
    return message.size if kind == "size" else None


def _check_image_inputs(graph: Graph, *, is_body: bool) -> None:
    check_names("image input", [each.input for each in graph.image_inputs])
    if is_body and graph.image_inputs:
        raise CorruptError("a graph body with image inputs")
    inputs = {value.name: value for value in graph.inputs}
    for image_input in graph.image_inputs:
        value = inputs.get(image_input.input)
        if value is None or value.element_type != F32:
            raise CorruptError(f"image input {image_input.input!r} is no graph input of f32")


def _image_input_to_message(image_input: ImageInput, message: graph_pb2.ImageInput) -> None:
    message.input = image_input.input
    message.layout = _LAYOUT_NUMBERS[image_input.layout]  # type: ignore[assignment]
    message.scale = image_input.scale
    message.mean.extend(image_input.mean)
    message.std.extend(image_input.std)


def _image_input_from_message(message: graph_pb2.ImageInput) -> ImageInput:
    layout = next((layout for layout, number in _LAYOUT_NUMBERS.items() if number == message.layout), None)
    if layout is None:
        raise CorruptError(f"image layout number {message.layout} does not exist")
    try:
        return ImageInput(message.input, layout, message.scale, tuple(message.mean), tuple(message.std))
    except InvalidInputError as error:
        raise CorruptError(str(error)) from None
