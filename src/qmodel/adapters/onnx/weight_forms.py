"""Which form a weight of a file can take in ONNX, by its encoding."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from math import prod

from qmodel.adapters.onnx.affine_forms import affine_forms
from qmodel.adapters.onnx.number_forms import StoredWeight, number_steps
from qmodel.adapters.onnx.weight_form import Constant, WeightForm
from qmodel.container import Reader
from qmodel.dtypes import Array
from qmodel.encodings.affine_node import AffineNode
from qmodel.encodings.codebook import CodebookNode
from qmodel.encodings.plain import PlainNode
from qmodel.rewriting import OverlayWeights
from qmodel.rewriting.overlay import stored_tensor, tensor_facts

# What a form must save to be worth its nodes.
_LEAST_SAVING = 256


def float_form(weights: Mapping[str, Array], name: str, /) -> WeightForm:
    """The decoded weight."""
    element_type, shape = tensor_facts(weights, name)
    constant = Constant(name, element_type, shape, lambda: stored_tensor(weights, name).storage)
    return WeightForm("float", 1, (constant,))


def quantized_forms(weights: Mapping[str, Array], name: str, unused: Callable[[str], str], /) -> Iterator[WeightForm]:
    """Forms of a weight that take fewer bytes than its decoded values, the best first; perhaps none."""
    reader = reader_of(weights, name)
    if reader is None:
        return
    record = reader.tensors[name]
    if not record.element_type.is_float or not prod(record.shape):
        return
    weight = StoredWeight(name, record.element_type, record.shape, reader, unused)
    limit = float_form(weights, name).size - _LEAST_SAVING
    if limit <= 0:
        return
    for form in _forms(weight):
        if form.size < limit:
            yield form


def reader_of(weights: Mapping[str, Array], name: str, /) -> Reader | None:
    """The open file that a weight comes from unchanged; None when there is none."""
    while isinstance(weights, OverlayWeights):
        if name in weights.derived:
            return None
        weights = weights.base
    return weights if isinstance(weights, Reader) else None


def _forms(weight: StoredWeight) -> Iterator[WeightForm]:
    node = weight.reader.tensors[weight.name].encoding
    if isinstance(node, AffineNode):
        yield from affine_forms(node, weight)
    elif isinstance(node, PlainNode | CodebookNode):
        for steps in number_steps(node, weight.shape, weight.element_type, weight):
            if steps.nodes:
                steps.nodes[-1].output[0] = weight.name
                yield WeightForm(steps.kind, steps.opset, tuple(steps.constants), tuple(steps.nodes))
