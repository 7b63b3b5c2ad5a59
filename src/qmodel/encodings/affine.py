"""`affine`: scale · (codes − zero_point), one scale for each block (spec/encodings/affine.md)."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Any, ClassVar

import numpy as np

from qmodel import dtypes
from qmodel.buffers import Packed, store
from qmodel.dtypes import Array, ElementType
from qmodel.encodings.affine_fit import (
    asymmetric_scale,
    finite_extremes,
    fits_f16,
    sign_scale,
    symmetric_scale,
    zero_points,
)
from qmodel.encodings.convert import widen
from qmodel.encodings.node import Encoder, Node, NodeMemory, Shape, Surroundings, TensorSource, check_size
from qmodel.encodings.plain import Plain, PlainNode
from qmodel.errors import CorruptError, InvalidInputError
from qmodel.kernels.affine import dequantize, quantize
from qmodel.kernels.blocks import block_counts
from qmodel.typed_array import TypedArray


@dataclass(frozen=True, slots=True)
class AffineNode(Node):
    """scale · (codes − zero_point); see the message `Affine` for the fields."""

    codes: Node
    scale: Node
    zero_point: Node | None = None
    block_shape: Shape = ()
    kind: ClassVar[str] = "affine"

    def result_type(self, around: Surroundings, /) -> ElementType:
        """See `Node.result_type`."""
        return dtypes.F64 if self.scale.result_type(around) == dtypes.F64 else dtypes.F32

    def check(self, shape: Shape, around: Surroundings, /) -> None:
        """See `Node.check`."""
        if self.block_shape and len(self.block_shape) != len(shape):
            raise CorruptError(f"block shape {self.block_shape} does not fit an array of shape {shape}")
        if any(not 1 <= block <= max(length, 1) for block, length in zip(self.block_shape, shape, strict=False)):
            raise CorruptError(f"block shape {self.block_shape} exceeds an array of shape {shape}")
        check_size(shape, self.result_type(around), around)
        self.codes.check(shape, around)
        _check_number("codes", self.codes.result_type(around))
        scale_shape = scales_of(shape, self.block_shape)
        self.scale.check(scale_shape, around)
        if not self.scale.result_type(around).is_float:
            raise CorruptError(f"affine scale is {self.scale.result_type(around)}, not a float")
        if self.zero_point:
            self.zero_point.check(scale_shape, around)
            _check_number("zero point", self.zero_point.result_type(around))

    def decode(self, shape: Shape, source: TensorSource, /) -> TypedArray:
        """See `Node.decode`."""
        scale_shape = scales_of(shape, self.block_shape)
        scale = widen(self.scale.decode(scale_shape, source))
        codes = _as_number(self.codes.decode(shape, source), scale.dtype)
        zero_point = None
        if self.zero_point is not None:
            zero_point = _as_number(self.zero_point.decode(scale_shape, source), scale.dtype)
        element_type = dtypes.F64 if scale.dtype == np.float64 else dtypes.F32
        if not codes.size:
            return TypedArray(element_type, np.empty(shape, scale.dtype))
        return TypedArray(element_type, dequantize(codes, scale, zero_point, _explicit(self.block_shape, shape)))

    def spelled(self) -> str:
        """See `Node.spelled`."""
        blocks = f" per {'×'.join(map(str, self.block_shape))}" if self.block_shape else ""
        zero_point = f", zero point {self.zero_point.spelled()}" if self.zero_point else ""
        return f"affine({self.codes.spelled()}, scale {self.scale.spelled()}{blocks}{zero_point})"


@dataclass(frozen=True, slots=True)
class Affine(Encoder):
    """Round to integer codes of a few bits, one scale for each block.

    With symmetric codes the largest magnitude of a block becomes the largest code; with asymmetric ones the range from
    the smallest to the largest value, extended to hold 0, is divided evenly and 0 is represented exactly. One symmetric
    bit stores signs, at plus and minus the mean magnitude (XNOR-Net, Rastegari et al. 2016).

    Attributes:
        bits: width of a code, 1 to 8.
        symmetric: whether there is no zero point.
        axis: one scale for each index of this axis; negative counts from the last.
        block: one scale for each block: a tuple is its length along each axis; a number is about how many consecutive
            elements share a scale, without mixing indices of the first axis.
        scale: how the scales are stored; None: `f16` for blocks where they fit, else the float type they are computed
            in.
        coding: how the codes' bytes are stored; None: by what the size turns out to be.

    Raises:
        InvalidInputError: bits out of range, or axis and block together.
    """

    bits: int = 8
    symmetric: bool = True
    axis: int | None = None
    block: int | Shape | None = None
    scale: Encoder | None = None
    coding: Packed | None = None
    kind: ClassVar[str] = "affine"

    def __post_init__(self) -> None:
        if not 1 <= self.bits <= 8:
            raise InvalidInputError(f"affine codes have 1 to 8 bits, not {self.bits}")
        if self.axis is not None and self.block is not None:
            raise InvalidInputError("affine takes an axis or a block, not both")
        lengths = (self.block,) if isinstance(self.block, int) else self.block or ()
        if any(length < 1 for length in lengths):
            raise InvalidInputError(f"affine blocks have positive lengths, not {self.block}")

    def encode(self, array: TypedArray, /, *, importance: Array | None = None, threads: int = 1) -> AffineNode:
        """See `Encoder.encode`; refuses NaN, infinities and what is not a float."""
        if not array.element_type.is_float:
            raise InvalidInputError(f"affine codes stand for floats, not {array.element_type}")
        values = widen(array)
        block_shape = self._block_shape(values.shape)
        blocks = _explicit(block_shape, values.shape)
        scale_shape = scales_of(values.shape, block_shape)
        low, high = finite_extremes(values, blocks, scale_shape)
        scale_node = self._encode_scale(self._wanted_scale(values, blocks, low, high))
        scale = widen(scale_node.decode(scale_shape, NodeMemory())).astype(values.dtype, copy=False)
        codes, zero_point = self._codes(values, blocks, scale, low)
        del values, low, high  # the codes are compressed beside nothing but themselves
        codes_node = PlainNode(store(codes, self._code_type, coding=self.coding, threads=threads))
        zero_node = None if zero_point is None else Plain().encode(zero_point)
        return AffineNode(codes_node, scale_node, zero_node, block_shape)

    def _codes(self, values: Array, blocks: Shape, scale: Array, low: Array) -> tuple[Array, TypedArray | None]:
        """Codes, and the zero point where there is one."""
        largest = self._code_type.maximum
        if self._stores_signs:
            return (values >= 0).view(np.uint8), TypedArray(dtypes.F16, np.full(low.shape, 0.5, np.float16))
        if self.symmetric:
            return quantize(values, scale, None, blocks, minimum=-largest, maximum=largest), None
        zeros = zero_points(low, scale, largest)
        return quantize(values, scale, zeros, blocks, minimum=0, maximum=largest), TypedArray(self._code_type, zeros)

    @property
    def _stores_signs(self) -> bool:
        return self.symmetric and self.bits == 1

    @property
    def _code_type(self) -> ElementType:
        return dtypes.signed(self.bits) if self.symmetric and not self._stores_signs else dtypes.unsigned(self.bits)

    def _block_shape(self, shape: Shape) -> Shape:
        """The block shape as a file spells it: () for one block."""
        if self.axis is not None:
            return _blocks_of_axis(shape, self.axis)
        if isinstance(self.block, int):
            return _blocks_of_length(shape, self.block)
        if self.block is not None and len(self.block) != len(shape):
            raise InvalidInputError(f"block {self.block} does not fit an array of shape {shape}")
        return tuple(min(block, max(length, 1)) for block, length in zip(self.block or (), shape, strict=False))

    def _wanted_scale(self, values: Array, blocks: Shape, low: Array, high: Array) -> Array:
        if self._stores_signs and values.size:
            return sign_scale(values, blocks).reshape(low.shape)
        fit = symmetric_scale if self.symmetric else asymmetric_scale
        return fit(low, high, self._code_type.maximum, values.dtype)

    def _encode_scale(self, scale: Array) -> Node:
        typed = TypedArray.of(scale)
        if self.scale is not None:
            return self.scale.encode(typed)
        return Plain("f16" if self.block is not None and fits_f16(scale) else None).encode(typed)


def scales_of(shape: Shape, block_shape: Shape, /) -> Shape:
    """The shape of the scales of an array: 0-d when there is one block."""
    return block_counts(shape, block_shape) if block_shape else ()


def _explicit(block_shape: Shape, shape: Shape) -> Shape:
    """The length of a block along each axis, also where there is but one block."""
    return block_shape or tuple(max(length, 1) for length in shape)


def _blocks_of_axis(shape: Shape, axis: int) -> Shape:
    if not -len(shape) <= axis < len(shape):
        raise InvalidInputError(f"axis {axis} does not exist in an array of shape {shape}")
    return tuple(1 if number == axis % len(shape) else max(length, 1) for number, length in enumerate(shape))


def _blocks_of_length(shape: Shape, wanted: int) -> Shape:
    """Blocks of about `wanted` elements that are consecutive in row-major order, inside one index of the first axis."""
    block_shape: list[int] = []
    for length in reversed(shape):
        block = min(max(round(wanted / prod(block_shape)), 1), max(length, 1))
        block_shape.append(block)
    if len(block_shape) > 1:
        block_shape[-1] = 1
    return tuple(reversed(block_shape))


def _as_number(array: TypedArray, dtype: np.dtype[Any]) -> Array:
    """Integers as they are, floats as the float type that the scale is in."""
    if not array.element_type.is_float:
        return array.storage
    with np.errstate(over="ignore", invalid="ignore"):
        return widen(array).astype(dtype, copy=False)


def _check_number(what: str, element_type: ElementType) -> None:
    if not element_type.is_float and not (element_type.is_integer and element_type.bits <= 32):
        raise CorruptError(f"affine {what} are {element_type}, not floats or integers of at most 32 bits")
