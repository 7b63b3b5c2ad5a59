"""ModelProto to Model: initializers and constants become tensors, nodes become nodes."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from qmodel.adapters.onnx.source import onnx_package, read_model
from qmodel.adapters.onnx.tensors import array_of, element_type_of
from qmodel.dtypes import Array
from qmodel.errors import InvalidInputError, UnsupportedError
from qmodel.graph import AttributeValue, Graph, Node, TensorReference, Value
from qmodel.model import Model

_DEFAULT_DOMAINS = ("", "ai.onnx")


def import_model(source: str | os.PathLike[str] | Any, /) -> Model:
    """Import an ONNX model with its weights.

    Initializers, and the tensors of Constant nodes, become weights named by the value; a tensor that is an attribute of
    another node becomes a weight named by node and attribute. Producer, documentation and metadata properties become
    metadata.

    Args:
        source: a path, or an `onnx.ModelProto`.

    Raises:
        UnsupportedError: the package onnx is missing; operators of another domain, model-local functions, sparse or
            string tensors, or subgraphs with weights of their own.
        InvalidInputError: the file is no ONNX model, is damaged, or refers to data outside its folder.
    """
    model, folder = read_model(source)
    if model.functions:
        function = model.functions[0]
        raise UnsupportedError(
            f"the model defines the function {function.domain}.{function.name}; inline it with onnx.inliner first"
        )
    opset = _opset_version(model)
    importer = _Importer(folder)
    for tensor in model.graph.initializer:
        importer.add_weight(tensor.name, tensor, f"initializer {tensor.name!r}")
    graph = importer.convert_graph(model.graph, opset)
    return Model(weights=importer.weights, graph=graph, metadata=_metadata(model))


@dataclass
class _Importer:
    folder: Path | None
    weights: dict[str, Array] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)

    def add_weight(self, name: str, tensor: Any, what: str) -> None:
        if not name or name in self.weights:
            raise InvalidInputError(f"{what}: its name is {'used twice' if name else 'empty'}")
        self.weights[name] = array_of(tensor, self.folder, what)

    def convert_graph(self, graph: Any, opset: int) -> Graph:
        if graph.sparse_initializer:
            name = graph.sparse_initializer[0].values.name
            raise UnsupportedError(f"initializer {name!r} is sparse; store it dense")
        self.taken.update(self.weights, (name for node in graph.node for name in (*node.input, *node.output)))
        nodes = tuple(node for node in (self._convert_node(node, opset) for node in graph.node) if node is not None)
        return Graph(
            name=graph.name,
            opset_version=opset,
            nodes=nodes,
            inputs=tuple(_value(value) for value in graph.input if value.name not in self.weights),
            outputs=tuple(_value(value) for value in graph.output),
        )

    def _convert_node(self, node: Any, opset: int) -> Node | None:
        label = f"{node.op_type} node {node.name or next(iter(node.output), '')!r}"
        if node.domain not in _DEFAULT_DOMAINS:
            raise UnsupportedError(f"{label} is of domain {node.domain!r}; only the default ONNX domain is supported")
        if node.op_type == "Constant" and [attribute.name for attribute in node.attribute] == ["value"]:
            self.add_weight(node.output[0], node.attribute[0].t, label)
            return None
        attributes = {a.name: self._attribute(a, label, node, opset) for a in node.attribute}
        return Node(node.name, node.op_type, tuple(node.input), tuple(node.output), dict(sorted(attributes.items())))

    def _attribute(self, attribute: Any, label: str, node: Any, opset: int) -> AttributeValue:
        kinds = onnx_package().AttributeProto
        kind = attribute.type
        if attribute.ref_attr_name:
            raise UnsupportedError(f"{label}: attribute {attribute.name!r} refers to a function's attribute")
        if convert := _simple_conversions(kinds).get(kind):
            return convert(attribute)
        if kind == kinds.TENSOR:
            name = self._unused_name(f"{node.name or node.output[0]}.{attribute.name}")
            self.add_weight(name, attribute.t, f"{label}, attribute {attribute.name!r}")
            return TensorReference(name)
        if kind == kinds.GRAPH:
            return self._subgraph(attribute.g, label, opset)
        kind_name = kinds.AttributeType.Name(kind)
        raise UnsupportedError(f"{label}: attribute {attribute.name!r} of type {kind_name} is not supported")

    def _subgraph(self, graph: Any, label: str, opset: int) -> Graph:
        constant = next((node.output[0] for node in graph.node if node.op_type == "Constant"), None)
        own = graph.initializer[0].name if graph.initializer else constant
        if own is not None:
            raise UnsupportedError(
                f"{label}: its subgraph has the tensor {own!r} of its own; move it to the main graph"
            )
        return self.convert_graph(graph, opset)

    def _unused_name(self, wanted: str) -> str:
        name, number = wanted, 2
        while name in self.taken:
            name, number = f"{wanted}.{number}", number + 1
        self.taken.add(name)
        return name


def _simple_conversions(kinds: Any) -> Mapping[int, Callable[[Any], AttributeValue]]:
    return {
        kinds.FLOAT: lambda a: float(a.f),
        kinds.INT: lambda a: int(a.i),
        kinds.STRING: lambda a: bytes(a.s),
        kinds.FLOATS: lambda a: tuple(float(item) for item in a.floats),
        kinds.INTS: lambda a: tuple(int(item) for item in a.ints),
        kinds.STRINGS: lambda a: tuple(bytes(item) for item in a.strings),
    }


def _opset_version(model: Any) -> int:
    versions = {entry.domain: entry.version for entry in model.opset_import}
    for domain in _DEFAULT_DOMAINS:
        if domain in versions:
            return int(versions[domain])
    raise UnsupportedError(f"the model imports no opset of the default ONNX domain, only {sorted(versions)}")


def _value(value: Any) -> Value:
    if not value.type.HasField("tensor_type"):
        kind = value.type.WhichOneof("value")
        raise UnsupportedError(f"value {value.name!r} is no tensor but {kind or 'of unknown type'}")
    tensor = value.type.tensor_type
    element_type = element_type_of(tensor.elem_type, f"value {value.name!r}")
    if not tensor.HasField("shape"):
        return Value(value.name, element_type, None)
    return Value(value.name, element_type, tuple(_length(dimension) for dimension in tensor.shape.dim))


def _length(dimension: Any) -> int | str | None:
    if dimension.WhichOneof("value") == "dim_value":
        # Some exporters write -1 or 0 for an unknown length; 0 is a valid length in ONNX, a negative one is not.
        return int(dimension.dim_value) if dimension.dim_value >= 0 else None
    return str(dimension.dim_param) or None


def _metadata(model: Any) -> dict[str, str]:
    given = {
        "producer_name": model.producer_name,
        "producer_version": model.producer_version,
        "domain": model.domain,
        "doc_string": model.doc_string,
        "model_version": str(model.model_version) if model.model_version else "",
    }
    metadata = {f"onnx.{key}": text for key, text in given.items() if text}
    metadata.update((entry.key, entry.value) for entry in model.metadata_props)
    return metadata
