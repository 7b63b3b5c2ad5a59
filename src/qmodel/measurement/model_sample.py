"""What methods are measured on in a model: the values of its tensors, and the arrays a file stores them as."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod

from qmodel.buffers import Buffer, load
from qmodel.container import Reader
from qmodel.dtypes import Array
from qmodel.encodings import AliasNode, PlainNode
from qmodel.graph.output_axis import output_axes
from qmodel.measurement.sample import Sample, sample_of
from qmodel.model import Model
from qmodel.rewriting.overlay import stored_tensor, tensor_facts
from qmodel.typed_array import TypedArray
from qmodel.wire import TensorRecord


def sample_of_values(model: Model, limit: int | None, /) -> Sample:
    """The tensors of a model, aliases left out; see `qmodel.measurement.sample_of`."""
    axes = output_axes(model.graph) if model.graph else {}
    weights = model.weights
    records = weights.tensors if isinstance(weights, Reader) else {}
    sizes = {
        name: _size(weights, name)
        for name in weights
        if name not in records or not isinstance(records[name].encoding, AliasNode)
    }
    return sample_of(sizes, lambda name: stored_tensor(weights, name), limit=limit, output_axes=axes)


def sample_of_stored_arrays(model: Model, limit: int | None, /) -> Sample | None:
    """The elements of all buffers of a file; None when there are none but plain values of the tensors' own types."""
    reader = model.weights
    if not isinstance(reader, Reader):
        return None
    records = list(reader.tensors.values())
    if all(_is_plain(record) for record in records):
        return None
    buffers = {
        f"{record.name} {number}": (record, buffer)
        for record in records
        for number, buffer in enumerate(record.encoding.buffers())
    }
    sizes = {name: buffer.element_type.packed_bytes(buffer.count) for name, (_, buffer) in buffers.items()}
    return sample_of(sizes, lambda name: _elements(*buffers[name], reader), limit=limit)


def _size(weights: Mapping[str, Array], name: str) -> int:
    element_type, shape = tensor_facts(weights, name)
    return element_type.packed_bytes(prod(shape))


def _is_plain(record: TensorRecord) -> bool:
    node = record.encoding
    if isinstance(node, PlainNode):
        return node.buffer.element_type == record.element_type
    return isinstance(node, AliasNode)


def _elements(record: TensorRecord, buffer: Buffer, reader: Reader) -> TypedArray:
    """In the shape of the tensor where there is one for each of its values."""
    shape = record.shape if buffer.count == prod(record.shape) else (-1,)
    return TypedArray(buffer.element_type, load(buffer, reader).reshape(shape))
