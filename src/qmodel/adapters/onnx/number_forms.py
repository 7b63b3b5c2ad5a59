"""Stored numbers as ONNX can hold them, and the node that makes floats of them: Cast, or Gather from a palette."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from qmodel import dtypes
from qmodel.adapters.onnx.source import onnx_package
from qmodel.adapters.onnx.tensors import data_type_of
from qmodel.adapters.onnx.weight_form import Constant, Shape
from qmodel.buffers import load
from qmodel.container import Reader
from qmodel.dtypes import Array, ElementType
from qmodel.encodings import Surroundings
from qmodel.encodings.codebook import CodebookNode
from qmodel.encodings.convert import convert
from qmodel.encodings.node import Node
from qmodel.kernels.minifloat import is_minifloat
from qmodel.typed_array import TypedArray

# Operators of these versions are the first to take the types.
OPSET_OF_BF16 = 13
OPSET_OF_FLOAT8 = 19
OPSET_OF_NIBBLES = 21
_OLDEST = 9
_WIDEST_EXACT = 16
_CASTABLE = {
    dtypes.F16: _OLDEST,
    dtypes.F32: _OLDEST,
    dtypes.F64: _OLDEST,
    dtypes.BF16: OPSET_OF_BF16,
    dtypes.F8E4M3: OPSET_OF_FLOAT8,
    dtypes.F8E5M2: OPSET_OF_FLOAT8,
}


@dataclass(frozen=True, slots=True)
class StoredWeight:
    """A weight of an open file, and what is needed to write it.

    Attributes:
        name: of the tensor.
        element_type: the one it is decoded to.
        shape: length of each axis.
        reader: the file.
        unused: gives a name that nothing has, like the one asked for.
    """

    name: str
    element_type: ElementType
    shape: Shape
    reader: Reader
    unused: Callable[[str], str]

    @property
    def around(self) -> Surroundings:
        """What result types depend on."""
        tensors = self.reader.tensors
        return Surroundings(element_types=lambda name: tensors[name].element_type if name in tensors else None)


@dataclass(slots=True)
class Steps:
    """Constants and nodes, one after the other.

    Attributes:
        value: name of the value made last.
        opset: the oldest version that has all of it.
    """

    value: str = ""
    opset: int = _OLDEST
    kind: str = "cast"
    constants: list[Constant] = field(default_factory=list)
    nodes: list[Any] = field(default_factory=list)

    def add(self, operator: str, inputs: list[str], output: str, **attributes: Any) -> None:
        """Let a node make the next value."""
        self.nodes.append(onnx_package().helper.make_node(operator, inputs, [output], **attributes))
        self.value = output

    def hold(self, constant: Constant) -> str:
        """Add a constant; its name."""
        self.constants.append(constant)
        return constant.name

    def cast(self, target: ElementType, output: str) -> None:
        """Convert the last value."""
        self.add("Cast", [self.value], output, to=data_type_of(target, output))
        self.opset = max(self.opset, _CASTABLE.get(target, _OLDEST))


def containers(element_type: ElementType, /) -> Iterator[tuple[ElementType, int]]:
    """Integer types of ONNX that hold an integer type of at most 16 bits, the narrowest first, and their opset."""
    make = dtypes.signed if element_type.kind == "signed" else dtypes.unsigned
    for bits, opset in ((4, OPSET_OF_NIBBLES), (8, _OLDEST), (16, _OLDEST)):
        if element_type.is_integer and element_type.bits <= bits and (bits < 16 or element_type.bits > 8):
            yield make(bits), opset


def number_steps(node: Node, shape: Shape, wanted: ElementType, weight: StoredWeight, /) -> Iterator[Steps]:
    """Ways to give what a node stores as floats of a type, exactly or rounded as decoding does, the smallest first.

    Args:
        node: the representation.
        shape: of its array.
        wanted: f16, f32, f64 or bf16.
        weight: the tensor that it belongs to.
    """
    if isinstance(node, CodebookNode):
        if node.groups == 1 and node.vector_length == 1:
            yield from _palette_steps(node, shape, wanted, weight)
        return
    stored = node.result_type(weight.around)
    if stored in _CASTABLE:
        yield _cast_steps(_constant(node, stored, shape, "stored", weight), wanted, _CASTABLE[stored], weight)
    for container, opset in containers(stored):
        yield _cast_steps(_constant(node, container, shape, "codes", weight), wanted, opset, weight)
    if is_minifloat(stored):
        bits = np.arange(1 << stored.bits, dtype=np.uint8)
        palette = convert(TypedArray(stored, bits), wanted)
        for container, opset in containers(dtypes.unsigned(stored.bits)):
            yield _gather_steps(palette, _constant(node, container, shape, "codes", weight), opset, weight)


def _palette_steps(node: CodebookNode, shape: Shape, wanted: ElementType, weight: StoredWeight) -> Iterator[Steps]:
    entries = node.entries.decode((1, node.entry_count, 1), weight.reader)
    palette = convert(TypedArray(entries.element_type, entries.storage.reshape(-1)), wanted)
    for container, opset in containers(node.indices.element_type):
        constant = Constant(
            weight.unused(f"{weight.name}.indices"), container, shape, lambda: load(node.indices, weight.reader)
        )
        yield _gather_steps(palette, constant, opset, weight)


def _constant(node: Node, container: ElementType, shape: Shape, what: str, weight: StoredWeight) -> Constant:
    def make() -> Array:
        storage = node.decode(shape, weight.reader).storage
        return storage.astype(container.storage, copy=False)

    return Constant(weight.unused(f"{weight.name}.{what}"), container, shape, make)


def _cast_steps(constant: Constant, wanted: ElementType, opset: int, weight: StoredWeight) -> Steps:
    steps = Steps(opset=opset)
    steps.value = steps.hold(constant)
    if constant.element_type != wanted:
        steps.cast(wanted, weight.unused(f"{weight.name}.numbers"))
    return steps


def _gather_steps(palette: TypedArray, codes: Constant, opset: int, weight: StoredWeight) -> Steps:
    steps = Steps(opset=opset, kind="gather")
    entries = steps.hold(Constant.of(weight.unused(f"{weight.name}.palette"), palette.element_type, palette.storage))
    steps.value = steps.hold(codes)
    steps.cast(dtypes.signed(32), weight.unused(f"{weight.name}.places"))
    steps.add("Gather", [entries, steps.value], weight.unused(f"{weight.name}.numbers"), axis=0)
    if palette.element_type == dtypes.BF16:
        steps.opset = max(steps.opset, OPSET_OF_BF16)
    return steps
