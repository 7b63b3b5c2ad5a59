"""Sequences of tensors replaced by tensors, where what is in them follows from the model.

PyTorch exports `split`, `unbind`, `stack` and `cat` of lists as sequences where the length of an axis is open. An
element then is a part of the whole, and all of them joined are the whole again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from string import ascii_lowercase
from typing import Any

import numpy as np

from qmodel.adapters.onnx.functions import all_nodes
from qmodel.adapters.onnx.scopes import NamePool, initializers
from qmodel.adapters.onnx.source import onnx_package
from qmodel.adapters.onnx.tensors import array_of
from qmodel.dtypes import Array
from qmodel.errors import LimitError

# A list of n tensors that n nodes join takes n² nodes.
_MOST_ELEMENTS = 1_000_000
_LARGEST_NUMBER = (1 << 31) - 1  # the product of two is an int64
_MOVED_BY_EINSUM_SINCE = 12
_AXES_AS_INPUT_SINCE = 13
_MAKERS = ("SequenceConstruct", "SplitToSequence")


@dataclass(frozen=True, slots=True)
class _Listed:
    """Tensors by name."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Pieces:
    """A tensor in pieces of one length along an axis, which those of length 1 may be without."""

    whole: str
    axis: int
    length: int
    keeps_axis: bool


def without_sequences(model: Any, opset: int, /) -> Any:
    """The model, with the nodes replaced that read sequences whose elements are known; the others stay.

    Raises:
        LimitError: there would be too many nodes.
        InvalidInputError: a constant is damaged.
    """
    if not any(node.op_type in _MAKERS for node in all_nodes(model.graph.node)):
        return model
    made = onnx_package().ModelProto()
    made.CopyFrom(model)
    _Rewriting(opset, _names_of(made.graph)).rewrite(made.graph, {})
    read = {name for node in all_nodes(made.graph.node) for name in node.input}
    _drop_unread(made.graph, read | _outputs_of(made.graph))
    return made


@dataclass
class _Rewriting:
    opset: int
    names: NamePool
    elements: int = field(default=0)

    def rewrite(self, graph: Any, around: Mapping[str, Any]) -> None:
        """Replace nodes of a graph and of its bodies, given the constants of the graphs around."""
        constants = {**around, **dict(initializers(graph))}
        for value in graph.input:
            constants.pop(value.name, None)
        sequences: dict[str, _Listed | _Pieces] = {}
        nodes: list[Any] = []
        for node in graph.node:
            for attribute in node.attribute:
                if attribute.HasField("g"):
                    self.rewrite(attribute.g, constants)
            for name in node.output:
                constants.pop(name, None)
            if node.op_type == "Constant" and node.attribute and node.attribute[0].name == "value":
                constants[node.output[0]] = node.attribute[0].t
            if node.op_type in _MAKERS and node.input and node.output and (made := _sequence_of(node, constants)):
                sequences[node.output[0]] = made
            sequence = sequences.get(node.input[0]) if node.input else None
            nodes += [node] if sequence is None else self._replaced(node, sequence, constants)
        del graph.node[:]
        graph.node.extend(nodes)

    def _replaced(self, node: Any, sequence: _Listed | _Pieces, constants: Mapping[str, Any]) -> list[Any]:
        made: list[Any] | None = None
        if node.op_type == "SequenceAt" and len(node.input) == 2:
            position = _number(node.input[1], constants)
            made = None if position is None else self._element(sequence, position)
        elif node.op_type == "ConcatFromSequence":
            attributes = _integers(node)
            if "axis" in attributes:
                made = self._joined(sequence, attributes["axis"], stacks=bool(attributes.get("new_axis")))
        if not made:
            return [node]
        self.elements += len(made)
        if self.elements > _MOST_ELEMENTS:
            raise LimitError(f"without sequences, the model would have more than {_MOST_ELEMENTS} nodes for them")
        made[-1].output[:] = node.output
        return made

    def _element(self, sequence: _Listed | _Pieces, position: int) -> list[Any] | None:
        if isinstance(sequence, _Listed):
            fits = -len(sequence.names) <= position < len(sequence.names)
            return [self._node("Identity", sequence.names[position])] if fits else None
        if sequence.length == 1:
            place = self._constant([position] if sequence.keeps_axis else position)
            return [place, self._node("Gather", sequence.whole, place.output[0], axis=sequence.axis)]
        if position < 0:
            return None
        start, stop = (position * sequence.length, (position + 1) * sequence.length)
        bounds = [self._constant([number]) for number in (start, stop, sequence.axis)]
        return [*bounds, self._node("Slice", sequence.whole, *(each.output[0] for each in bounds))]

    def _joined(self, sequence: _Listed | _Pieces, axis: int, *, stacks: bool) -> list[Any] | None:
        if isinstance(sequence, _Listed):
            inserted = self._with_axis(sequence.names, axis) if stacks else []
            names = [node.output[0] for node in inserted if node.op_type == "Unsqueeze"] or sequence.names
            return [*inserted, self._node("Concat", *names, axis=axis)]
        if stacks == sequence.keeps_axis:
            return None
        if axis == sequence.axis:
            return [self._node("Identity", sequence.whole)]
        rank = max(axis, sequence.axis) + 1
        is_sayable = min(axis, sequence.axis) >= 0 and rank <= len(ascii_lowercase)
        if not stacks or not is_sayable or self.opset < _MOVED_BY_EINSUM_SINCE:
            return None
        before = ascii_lowercase[:rank]
        after = before.replace(moved := before[sequence.axis], "")
        equation = f"{before}...->{after[:axis]}{moved}{after[axis:]}..."
        return [self._node("Einsum", sequence.whole, equation=equation)]

    def _with_axis(self, names: Iterable[str], axis: int) -> list[Any]:
        if self.opset < _AXES_AS_INPUT_SINCE:
            return [self._node("Unsqueeze", name, axes=[axis]) for name in names]
        place = self._constant([axis])
        return [place, *(self._node("Unsqueeze", name, place.output[0]) for name in names)]

    def _constant(self, number: int | list[int]) -> Any:
        return self._node("Constant", value=onnx_package().numpy_helper.from_array(np.array(number, np.int64)))

    def _node(self, operator: str, *inputs: str, **attributes: Any) -> Any:
        helper = onnx_package().helper
        return helper.make_node(operator, inputs, [self.names.unused(f"sequence.{operator}")], **attributes)


def _sequence_of(node: Any, constants: Mapping[str, Any]) -> _Listed | _Pieces | None:
    if node.op_type == "SequenceConstruct":
        return _Listed(tuple(node.input))
    length = _number(node.input[1], constants) if len(node.input) > 1 else 1
    if length is None or length < 1:
        return None
    attributes = _integers(node)
    keeps_axis = length > 1 or bool(attributes.get("keepdims", 1))
    return _Pieces(node.input[0], attributes.get("axis", 0), length, keeps_axis)


def _number(name: str, constants: Mapping[str, Any]) -> int | None:
    """An integer without axes; None for anything else."""
    tensor = constants.get(name)
    kinds = onnx_package().TensorProto
    if not isinstance(tensor, kinds) or tensor.dims or tensor.data_location == kinds.EXTERNAL:
        return None
    array: Array = array_of(tensor, None, f"constant {name!r}")
    is_small = array.dtype.kind in "iu" and -_LARGEST_NUMBER <= array <= _LARGEST_NUMBER
    return int(array) if is_small else None


def _integers(node: Any) -> dict[str, int]:
    return {attribute.name: int(attribute.i) for attribute in node.attribute}


def _names_of(graph: Any) -> NamePool:
    """All names in a graph and its bodies."""
    taken = {name for name, _ in initializers(graph)} | {value.name for value in (*graph.input, *graph.output)}
    for node in all_nodes(graph.node):
        taken.update(node.input, node.output)
        for attribute in node.attribute:
            if attribute.HasField("g"):
                taken.update(name for name, _ in initializers(attribute.g))
                taken.update(value.name for value in (*attribute.g.input, *attribute.g.output))
    return NamePool(taken)


def _outputs_of(graph: Any) -> set[str]:
    bodies = [attribute.g for node in all_nodes(graph.node) for attribute in node.attribute if attribute.HasField("g")]
    return {value.name for each in (graph, *bodies) for value in each.output}


def _drop_unread(graph: Any, read: set[str]) -> None:
    kept = [node for node in graph.node if node.op_type not in _MAKERS or not read.isdisjoint(node.output)]
    for node in kept:
        for attribute in node.attribute:
            if attribute.HasField("g"):
                _drop_unread(attribute.g, read)
    del graph.node[:]
    graph.node.extend(kept)
