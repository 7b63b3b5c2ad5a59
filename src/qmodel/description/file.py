"""What a file says of itself, as plain values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from math import prod
from typing import Any

from qmodel.buffers.buffer import Chunks, Inline
from qmodel.buffers.storage import stored_bytes
from qmodel.container import Reader
from qmodel.description.encoding_tree import encoding_tree
from qmodel.graph import Graph, ImageInput, Node, TensorReference, Value
from qmodel.wire import GoldenSample, GoldenValue, TensorRecord


def describe(reader: Reader, /) -> dict[str, Any]:
    """Tensors in the order the graph uses them, else by name; the graph; and all that belongs to the whole file.

    A relative MSE is None where the file records none: the tensor has no loss, or the writer did not measure.
    A tensor's share counts all its payloads; those that several tensors share count once in the share of the file.
    """
    manifest = reader.manifest
    values = sum(prod(record.shape) for record in reader.tensors.values())
    return {
        "size": reader.size,
        "version": ".".join(map(str, manifest.version)),
        "producer": manifest.producer,
        "recipe": manifest.recipe,
        "required_features": list(manifest.required_features),
        "chunks": len(manifest.chunks),
        "values": values,
        "bits_per_weight": reader.size * 8 / max(values, 1),
        "relative_mse": manifest.quality.relative_mse if manifest.quality else None,
        "share": _payload_size(reader) / reader.size,
        "tensors": [_describe_tensor(reader, reader.tensors[name]) for name in _in_order(reader)],
        "graph": _describe_graph(reader.graph) if reader.graph else None,
        "golden": [_describe_golden(sample) for sample in manifest.golden],
        "metadata": dict(reader.metadata),
    }


def _describe_golden(sample: GoldenSample) -> dict[str, Any]:
    def described(value: GoldenValue) -> dict[str, Any]:
        return {"name": value.name, "dtype": str(value.values.element_type), "shape": list(value.shape)}

    return {
        "inputs": [described(value) for value in sample.inputs],
        "outputs": [
            described(output.expected)
            | {"absolute_tolerance": output.absolute_tolerance, "relative_tolerance": output.relative_tolerance}
            for output in sample.outputs
        ],
    }


def _in_order(reader: Reader) -> list[str]:
    used = _names_used(reader.graph) if reader.graph else iter(())
    return list(dict.fromkeys([name for name in used if name in reader.tensors] + sorted(reader)))


def _names_used(graph: Graph) -> Iterator[str]:
    for node in graph.nodes:
        yield from node.inputs
        yield from _names_in_attributes(node)
    yield from (value.name for value in graph.outputs)


def _names_in_attributes(node: Node) -> Iterator[str]:
    for value in node.attributes.values():
        if isinstance(value, TensorReference):
            yield value.name
        elif isinstance(value, Graph):
            yield from _names_used(value)


def _describe_tensor(reader: Reader, record: TensorRecord) -> dict[str, Any]:
    sizes = [chunk.size for chunk in reader.manifest.chunks]
    stored = sum(stored_bytes(buffer, sizes) for buffer in record.encoding.buffers())
    return {
        "name": record.name,
        "shape": list(record.shape),
        "dtype": str(record.element_type),
        "encoding": record.encoding.spelled(),
        "tree": encoding_tree(record.encoding, sizes),
        "stored_bytes": stored,
        "bits_per_weight": stored * 8 / max(prod(record.shape), 1),
        "relative_mse": record.quality.relative_mse if record.quality else None,
        "max_abs_error": record.quality.max_abs_error if record.quality else None,
        "share": stored / reader.size,
    }


def _payload_size(reader: Reader) -> int:
    locations = [buffer.location for record in reader.tensors.values() for buffer in record.encoding.all_buffers()]
    inline = sum(len(location.data) for location in locations if isinstance(location, Inline))
    used = {index for location in locations if isinstance(location, Chunks) for index in location.indices}
    return inline + sum(reader.manifest.chunks[index].size for index in used)


def _describe_graph(graph: Graph) -> dict[str, Any]:
    return {
        "name": graph.name,
        "opset": graph.opset_version,
        "nodes": len(graph.nodes),
        "operators": dict(sorted(Counter(node.operator for node in graph.nodes).items())),
        "inputs": [_describe_value(value) for value in graph.inputs],
        "outputs": [_describe_value(value) for value in graph.outputs],
        "image_inputs": [_describe_image_input(image) for image in graph.image_inputs],
    }


def _describe_value(value: Value) -> dict[str, Any]:
    shape = None if value.shape is None else list(value.shape)
    return {"name": value.name, "dtype": str(value.element_type), "shape": shape}


def _describe_image_input(image: ImageInput) -> dict[str, Any]:
    return {
        "input": image.input,
        "layout": image.layout.value,
        "scale": image.scale,
        "mean": list(image.mean),
        "std": list(image.std),
    }
