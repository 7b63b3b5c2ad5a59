"""Affine weights as DequantizeLinear, or as the arithmetic it stands for where the operator does not fit."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from qmodel import dtypes
from qmodel.adapters.onnx.number_forms import (
    OPSET_OF_FLOAT8,
    OPSET_OF_NIBBLES,
    Steps,
    StoredWeight,
    containers,
    number_steps,
)
from qmodel.adapters.onnx.weight_form import Constant, Shape, WeightForm
from qmodel.dtypes import Array, ElementType
from qmodel.encodings.affine_blocks import explicit, scales_of
from qmodel.encodings.affine_node import AffineNode
from qmodel.encodings.codebook import CodebookNode
from qmodel.encodings.convert import widen
from qmodel.encodings.node import Node
from qmodel.kernels.blocks import block_counts, merge_axes

_OPSET_OF_DEQUANTIZE = 10
_OPSET_OF_AXIS = 13
_OPSET_OF_BLOCKS = 21
# Scales that are repeated to fit may not become more than one for so many elements.
_FEWEST_FOR_A_SCALE = 8
_FLOAT8 = (dtypes.F8E4M3, dtypes.F8E5M2)


def affine_forms(node: AffineNode, weight: StoredWeight, /) -> Iterator[WeightForm]:
    """The forms of an affine weight, the best first; none where ONNX has no way to say it in fewer bytes than floats.

    Each gives the same bits as decoding: one subtraction and one multiplication in the type of the scales.
    """
    yield from _dequantizing(node, weight)
    yield from _computing(node, weight)


def _dequantizing(node: AffineNode, weight: StoredWeight) -> Iterator[WeightForm]:
    if isinstance(node.codes, CodebookNode) or node.result_type(weight.around) != dtypes.F32:
        return
    code_type = node.codes.result_type(weight.around)
    held = [(code_type, OPSET_OF_FLOAT8)] if code_type in _FLOAT8 else list(containers(code_type))
    for container, oldest in held:
        opset = OPSET_OF_NIBBLES if container.bits == 16 else oldest
        if not _zero_point_fits(node.zero_point, container, weight):
            continue
        blocks = _Blocks(weight.shape, explicit(node.block_shape, weight.shape))
        if blocks.repeats_too_much:
            continue
        yield _dequantized(node, weight, container, opset, blocks)


def _zero_point_fits(zero_point: Node | None, container: ElementType, weight: StoredWeight) -> bool:
    if zero_point is None:
        return True
    stored = zero_point.result_type(weight.around)
    return stored.kind == container.kind and stored.is_integer and stored.bits <= container.bits


class _Blocks:
    """The blocks of a weight as DequantizeLinear takes them: all, the indices of an axis, or lengths of one axis."""

    def __init__(self, shape: Shape, block_shape: Shape) -> None:
        counts = block_counts(shape, block_shape)
        several = [axis for axis, count in enumerate(counts) if count > 1]
        self.shape, self.block_shape = shape, block_shape
        self.axis: int | None = None
        self.block_size = 0
        self.opset = _OPSET_OF_DEQUANTIZE
        if len(several) == 1 and block_shape[several[0]] == 1:
            self.axis, self.opset = several[0], _OPSET_OF_AXIS
        elif several:
            self.shape, self.block_shape = merge_axes(shape, block_shape)
            self.axis = int(np.argmax(self.block_shape))
            self.block_size, self.opset = self.block_shape[self.axis], _OPSET_OF_BLOCKS

    @property
    def repeats_too_much(self) -> bool:
        """Whether the scales, one axis of blocks long, would take much of what the codes save."""
        return bool(self.block_size) and self.block_size < _FEWEST_FOR_A_SCALE

    def laid_out(self, scale: Array) -> Array:
        """The scales in the shape that the operator wants."""
        if self.axis is None:
            return scale.reshape(())
        if not self.block_size:
            return scale.reshape(-1)
        whole = scale.reshape(block_counts(self.shape, self.block_shape))
        for axis, (length, block) in enumerate(zip(self.shape, self.block_shape, strict=True)):
            if axis != self.axis:
                whole = _repeated(whole, axis, block, length)
        return np.ascontiguousarray(whole)


def _repeated(scale: Array, axis: int, block: int, length: int, /) -> Array:
    """Scales of blocks along an axis, as scales of its single indices."""
    return np.take(np.repeat(scale, block, axis=axis), np.arange(length), axis=axis)


def _dequantized(
    node: AffineNode, weight: StoredWeight, container: ElementType, opset: int, blocks: _Blocks
) -> WeightForm:
    steps = Steps(opset=max(opset, blocks.opset))

    def codes() -> Array:
        return node.codes.decode(weight.shape, weight.reader).storage.astype(container.storage, copy=False)

    scale_shape = scales_of(weight.shape, node.block_shape)
    scale = blocks.laid_out(widen(node.scale.decode(scale_shape, weight.reader)))
    inputs = [
        steps.hold(Constant(weight.unused(f"{weight.name}.codes"), container, blocks.shape, codes)),
        steps.hold(Constant.of(weight.unused(f"{weight.name}.scale"), dtypes.F32, scale)),
    ]
    if node.zero_point is not None:
        zeros = blocks.laid_out(node.zero_point.decode(scale_shape, weight.reader).storage)
        name = weight.unused(f"{weight.name}.zero_point")
        inputs.append(steps.hold(Constant.of(name, container, zeros.astype(container.storage))))
    attributes = {} if blocks.axis is None else {"axis": blocks.axis}
    if blocks.block_size:
        attributes["block_size"] = blocks.block_size
    steps.add("DequantizeLinear", inputs, weight.unused(f"{weight.name}.dequantized"), **attributes)
    return _finished(steps, "dequantize_linear", blocks.shape, dtypes.F32, weight)


def _computing(node: AffineNode, weight: StoredWeight) -> Iterator[WeightForm]:
    """Cast or Gather, Sub, Mul: for fractional zero points, floats of few bits, palettes, and old opset versions."""
    working = node.result_type(weight.around)
    for steps in number_steps(node.codes, weight.shape, working, weight):
        numbers = steps.value
        for operator, operand, what in (("Sub", node.zero_point, "zero_point"), ("Mul", node.scale, "scale")):
            if operand is not None:
                _spread(steps, operand, node.block_shape, working, weight, what)
                steps.add(operator, [numbers, steps.value], weight.unused(f"{weight.name}.{operator.lower()}"))
                numbers = steps.value
        yield _finished(steps, "arithmetic", weight.shape, working, weight)


def _spread(
    steps: Steps, operand: Node, block_shape: Shape, working: ElementType, weight: StoredWeight, what: str
) -> None:
    """Let nodes make one operand, which there is for each block, broadcast to the weight's elements."""
    array = operand.decode(scales_of(weight.shape, block_shape), weight.reader)
    values = widen(array) if array.element_type.is_float else array.storage
    constant = Constant.of(weight.unused(f"{weight.name}.{what}"), working, values.astype(working.storage))
    steps.value = steps.hold(constant)
    for axis, (length, block) in enumerate(zip(weight.shape, block_shape, strict=False)):
        if 1 < block < length:
            places = np.arange(length, dtype=np.int32) // np.int32(block)
            name = weight.unused(f"{weight.name}.blocks_{axis}")
            steps.hold(Constant.of(name, dtypes.signed(32), places))
            steps.add("Gather", [steps.value, name], weight.unused(f"{weight.name}.{what}_{axis}"), axis=axis)


def _reshape(steps: Steps, shape: Shape, output: str, weight: StoredWeight) -> None:
    lengths = Constant.of(weight.unused(f"{weight.name}.shape"), dtypes.signed(64), np.array(shape, np.int64))
    steps.add("Reshape", [steps.value, steps.hold(lengths)], output)


def _finished(steps: Steps, kind: str, shape: Shape, element_type: ElementType, weight: StoredWeight) -> WeightForm:
    """The form whose last node makes the weight in its own shape and type."""
    if shape != weight.shape:
        _reshape(steps, weight.shape, weight.unused(f"{weight.name}.whole"), weight)
    if element_type != weight.element_type:
        steps.cast(weight.element_type, weight.name)
    steps.nodes[-1].output[0] = weight.name
    return WeightForm(kind, steps.opset, tuple(steps.constants), tuple(steps.nodes))
