"""Model to ONNX: tensors become initializers, quantized ones with the nodes that decode them."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from qmodel.adapters.onnx.graph_protos import graph_proto
from qmodel.adapters.onnx.opset_raising import keeps_meaning
from qmodel.adapters.onnx.source import onnx_package
from qmodel.adapters.onnx.weight_form import Constant, WeightForm
from qmodel.adapters.onnx.weight_forms import float_form, quantized_forms, reader_of
from qmodel.adapters.onnx.writing import LARGEST_MESSAGE, tensor_proto, write_external, write_whole
from qmodel.dtypes import Array
from qmodel.encodings import AliasNode
from qmodel.errors import InvalidInputError
from qmodel.graph import Graph, Node, TensorReference
from qmodel.graph.check import check_values
from qmodel.model import Model
from qmodel.rewriting.names import all_names, count_reads, rename_reads, unused_name

Weights = Literal["quantized", "float"]
Progress = Callable[[int, int], None]

_OLDEST_IR = 4
_IMAGE_INPUT_KEY = "qmodel.image_input."
_PRODUCER = {"producer_name": "qmodel"}
_TEXT_FIELDS = ("producer_name", "producer_version", "domain", "doc_string")


@dataclass(frozen=True, slots=True)
class OnnxExport:
    """What was written.

    Attributes:
        opset_version: of the default ONNX domain; above the model's where the weights need it.
        bytes: size of the file, with that of the external data.
        forms: by tensor name, `float`, `cast`, `gather`, `dequantize_linear` or `arithmetic`.
        external_data: whether the values are in a second file, named like the first with `.data` behind it.
    """

    opset_version: int
    bytes: int
    forms: Mapping[str, str]
    external_data: bool


def export_proto(model: Model, weights: Weights = "quantized", /) -> Any:
    """The `onnx.ModelProto` of a model; see `qmodel.to_onnx`."""
    proto, constants, _ = _planned(model, weights)
    if proto.ByteSize() + sum(constant.size for constant in constants) >= LARGEST_MESSAGE:
        raise InvalidInputError("the model has 2 GiB or more, which no message holds: give a path to write it to")
    proto.graph.initializer.extend(map(tensor_proto, constants))
    return proto


def export_file(
    model: Model,
    path: str | os.PathLike[str],
    /,
    weights: Weights = "quantized",
    *,
    external_data: bool = False,
    overwrite_data: bool = True,
    progress: Progress | None = None,
) -> OnnxExport:
    """Write the `.onnx` file of a model, one weight at a time in memory; see `qmodel.to_onnx`."""
    if not isinstance(path, str | os.PathLike):
        raise InvalidInputError(f"an ONNX model is written to a path, not to {type(path).__name__}")
    proto, constants, forms = _planned(model, weights)
    size = proto.ByteSize() + sum(constant.size + len(constant.name.encode()) + 256 for constant in constants)
    external = external_data or size >= LARGEST_MESSAGE
    report = progress or (lambda _done, _total: None)
    outside = 0
    if external:
        outside = write_external(path, proto, constants, report, overwrite=overwrite_data)
    else:
        write_whole(path, proto, constants, report)
    kinds = {name: form.kind for name, form in forms.items()}
    return OnnxExport(proto.opset_import[0].version, os.stat(path).st_size + outside, kinds, external)


def _planned(model: Model, weights: Weights) -> tuple[Any, list[Constant], dict[str, WeightForm]]:
    """The model without initializers, what these are, and the form of each weight."""
    onnx = onnx_package()
    if weights not in ("quantized", "float"):
        raise InvalidInputError(f"weights are 'quantized' or 'float', not {weights!r}")
    if model.graph is None:
        raise InvalidInputError("the model has weights and no graph, and ONNX is for networks; save it from a network")
    names = frozenset(model.weights)
    check_values(model.graph, names.__contains__)
    graph = _without_aliases(model.graph, model.weights, names)
    taken = all_names(graph, names)

    def unused(wanted: str) -> str:
        name = unused_name(wanted, taken)
        taken.add(name)
        return name

    copies = {name for node in graph.nodes for name in node.outputs}
    read = [name for name in _read_as_values(graph) if name in names - copies]
    candidates = {
        name: [*(quantized_forms(model.weights, name, unused) if weights == "quantized" else ())] for name in read
    }
    version = _version_for(graph, candidates.values())
    forms = {
        name: next((form for form in candidates[name] if form.opset <= version), None)
        or float_form(model.weights, name)
        for name in read
    }
    proto = onnx.ModelProto()
    proto.graph.CopyFrom(graph_proto(graph, lambda name: _attribute_tensor(model.weights, name)))
    nodes = [*(node for form in forms.values() for node in form.nodes), *proto.graph.node]
    del proto.graph.node[:]
    proto.graph.node.extend(nodes)
    proto.opset_import.add(domain="", version=version)
    proto.ir_version = max(_OLDEST_IR, onnx.helper.find_min_ir_version_for(proto.opset_import, True))
    _describe(proto, model)
    return proto, [constant for form in forms.values() for constant in form.constants], forms


def _version_for(graph: Graph, candidates: Iterable[list[WeightForm]]) -> int:
    """The opset version that serves most of the best forms, among those in which the graph means the same."""
    wanted = Counter(forms[0].opset for forms in candidates if forms)
    for version in sorted(wanted, reverse=True):
        if version <= graph.opset_version:
            break
        if keeps_meaning(graph, version):
            return version
    return graph.opset_version


def _without_aliases(graph: Graph, weights: Mapping[str, Array], names: frozenset[str]) -> Graph:
    """The graph that reads the tensors that aliases stand for; an output that is an alias gets a node of its own."""
    targets: dict[str, str] = {}
    for name in names:
        reader = reader_of(weights, name)
        encoding = None if reader is None else reader.tensors[name].encoding
        if isinstance(encoding, AliasNode) and encoding.tensor in names and reader_of(weights, encoding.tensor):
            targets[name] = encoding.tensor
    copies = tuple(
        Node("", "Identity", (targets[value.name],), (value.name,)) for value in graph.outputs if value.name in targets
    )
    return replace(graph, nodes=(*(rename_reads(node, targets) for node in graph.nodes), *copies))


def _read_as_values(graph: Graph) -> Iterable[str]:
    """Names that inputs of nodes and outputs of graphs mention; what only attributes refer to is not among them."""
    stripped = replace(graph, nodes=tuple(map(_without_references, graph.nodes)))
    return count_reads(stripped)


def _without_references(node: Node) -> Node:
    attributes = {
        name: replace(value, nodes=tuple(map(_without_references, value.nodes))) if isinstance(value, Graph) else value
        for name, value in node.attributes.items()
        if not isinstance(value, TensorReference)
    }
    return replace(node, attributes=attributes)


def _attribute_tensor(weights: Mapping[str, Array], name: str) -> Any:
    proto = tensor_proto(float_form(weights, name).constants[0])
    proto.name = name
    return proto


def _describe(proto: Any, model: Model) -> None:
    """Set what `import_model` turned into metadata, and the rest as properties."""
    texts = {f"onnx.{field}": field for field in _TEXT_FIELDS}
    for field, text in _PRODUCER.items():
        setattr(proto, field, text)
    for key, text in sorted(model.metadata.items()):
        if key in texts:
            setattr(proto, texts[key], text)
        elif key == "onnx.model_version" and text.isascii() and text.isdigit() and int(text) < 1 << 63:
            proto.model_version = int(text)
        else:
            proto.metadata_props.add(key=key, value=text)
    for image in model.graph.image_inputs if model.graph else ():
        described = {"layout": image.layout.value, "scale": image.scale, "mean": image.mean, "std": image.std}
        proto.metadata_props.add(key=_IMAGE_INPUT_KEY + image.input, value=json.dumps(described))
