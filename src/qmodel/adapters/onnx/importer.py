"""ModelProto to Model: initializers and constants become tensors, nodes become nodes."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from qmodel.adapters.onnx.domains import require_default_domain
from qmodel.adapters.onnx.preparation import prepare
from qmodel.adapters.onnx.scopes import NamePool, Scope, initializers, label_of
from qmodel.adapters.onnx.source import ModelFolder, onnx_package, read_model
from qmodel.adapters.onnx.sparse import dense_array_of
from qmodel.adapters.onnx.tensors import array_of
from qmodel.adapters.onnx.values import value_of
from qmodel.dtypes import Array
from qmodel.errors import UnsupportedError
from qmodel.graph import AttributeValue, Graph, Node, TensorReference, Value
from qmodel.graph.check import check_values
from qmodel.limits import MAX_BODY_NESTING
from qmodel.model import Model


def import_model(source: str | os.PathLike[str] | Any, /) -> Model:
    """Import an ONNX model with its weights.

    Initializers, and the tensors of Constant nodes, become weights named by the value; a tensor that is an attribute of
    another node becomes a weight named by node and attribute. Those of bodies too, with a number behind the name where
    it is taken. Sparse tensors become dense. Functions are replaced by their nodes: the model's own, and those of ONNX
    for operators that the interpreter does not have. So are sequences of tensors whose elements follow from the model.
    Opset versions before 9 are converted to 9. Producer, documentation and metadata properties become metadata.

    Args:
        source: a path, or an `onnx.ModelProto`.

    Raises:
        UnsupportedError: the package onnx is missing; operators of another domain; strings, sequences and optional
            values; an old opset version that cannot be converted.
        InvalidInputError: the file is no ONNX model, is damaged, or refers to data outside its folder; names repeat.
        GraphError: a value that nothing makes, or that is read before it is made, as in a cycle.
        LimitError: a sparse tensor or a function that would become too large.
    """
    read, folder = read_model(source)
    model, opset = prepare(read)
    importer = _Importer(folder)
    scope = Scope.of_main_graph(model.graph, importer.names)
    graph = importer.convert_graph(model.graph, scope, opset)
    check_values(graph, importer.weights.__contains__)
    return Model(weights=importer.weights, graph=graph, metadata=_metadata(read))


@dataclass
class _Importer:
    folder: ModelFolder | None
    weights: dict[str, Array] = field(default_factory=dict)
    names: NamePool = field(default_factory=NamePool)

    def convert_graph(self, graph: Any, scope: Scope, opset: int, depth: int = 0) -> Graph:
        stored = dict(initializers(graph))
        for name, tensor in stored.items():
            self.weights[scope[name]] = self._array(tensor, f"initializer {name!r}")
        nodes = [self._convert_node(node, scope, opset, depth) for node in graph.node]
        outputs = [value_of(value, scope[value.name]) for value in graph.output]
        outputs, copies = self._named_once(outputs)
        return Graph(
            name=graph.name,
            opset_version=opset,
            nodes=(*(node for node in nodes if node is not None), *copies),
            inputs=tuple(value_of(value, scope[value.name]) for value in graph.input if value.name not in stored),
            outputs=tuple(outputs),
        )

    def _named_once(self, outputs: list[Value]) -> tuple[list[Value], list[Node]]:
        """Outputs with a copy in place of one named before, as a Loop has it whose state is also collected."""
        made: dict[str, Value] = {}
        copies = []
        for value in outputs:
            name = value.name
            if name in made:
                name = self.names.unused(value.name)
                copies.append(Node("", "Identity", (value.name,), (name,)))
            made[name] = replace(value, name=name)
        return [*made.values()], copies

    def _array(self, tensor: Any, what: str) -> Array:
        is_sparse = isinstance(tensor, onnx_package().SparseTensorProto)
        return (dense_array_of if is_sparse else array_of)(tensor, self.folder, what)

    def _convert_node(self, node: Any, scope: Scope, opset: int, depth: int) -> Node | None:
        label = label_of(node)
        require_default_domain(node, label)
        if node.op_type == "Constant" and len(node.attribute) == 1 and len(node.output) == 1:
            attribute = node.attribute[0]
            if attribute.name in ("value", "sparse_value"):
                tensor = attribute.t if attribute.name == "value" else attribute.sparse_tensor
                self.weights[scope[node.output[0]]] = self._array(tensor, label)
                return None
        attributes = {a.name: self._attribute(a, label, node, scope, opset, depth) for a in node.attribute}
        inputs, outputs = (tuple(name and scope[name] for name in names) for names in (node.input, node.output))
        return Node(node.name, node.op_type, inputs, outputs, dict(sorted(attributes.items())))

    def _attribute(self, attribute: Any, label: str, node: Any, scope: Scope, opset: int, depth: int) -> AttributeValue:
        kinds = onnx_package().AttributeProto
        kind = attribute.type
        if attribute.ref_attr_name:
            raise UnsupportedError(f"{label}: attribute {attribute.name!r} refers to a function's attribute")
        if convert := _simple_conversions(kinds).get(kind):
            return convert(attribute)
        if kind in (kinds.TENSOR, kinds.SPARSE_TENSOR):
            name = self.names.unused(f"{node.name or node.output[0]}.{attribute.name}")
            tensor = attribute.t if kind == kinds.TENSOR else attribute.sparse_tensor
            self.weights[name] = self._array(tensor, f"{label}, attribute {attribute.name!r}")
            return TensorReference(name)
        if kind == kinds.GRAPH:
            if depth == MAX_BODY_NESTING:
                raise UnsupportedError(f"{label}: bodies are nested deeper than {MAX_BODY_NESTING}")
            return self.convert_graph(attribute.g, scope.inside(attribute.g, self.names), opset, depth + 1)
        kind_name = kinds.AttributeType.Name(kind)
        raise UnsupportedError(f"{label}: attribute {attribute.name!r} of type {kind_name} is not supported")


def _simple_conversions(kinds: Any) -> Mapping[int, Callable[[Any], AttributeValue]]:
    return {
        kinds.FLOAT: lambda a: float(a.f),
        kinds.INT: lambda a: int(a.i),
        kinds.STRING: lambda a: bytes(a.s),
        kinds.FLOATS: lambda a: tuple(float(item) for item in a.floats),
        kinds.INTS: lambda a: tuple(int(item) for item in a.ints),
        kinds.STRINGS: lambda a: tuple(bytes(item) for item in a.strings),
    }


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
