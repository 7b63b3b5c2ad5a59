"""`affine` as files hold it: scale · (codes − zero_point), one scale for each block (spec/encodings/affine.md)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from qmodel import dtypes
from qmodel.dtypes import Array, ElementType
from qmodel.encodings.affine_blocks import explicit, scales_of
from qmodel.encodings.convert import widen
from qmodel.encodings.node import Node, Shape, Surroundings, TensorSource, check_size
from qmodel.encodings.operands import arithmetic_type, check_operand
from qmodel.errors import CorruptError
from qmodel.kernels.affine import dequantize
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
        return arithmetic_type(self.scale.result_type(around))

    def check(self, shape: Shape, around: Surroundings, /) -> None:
        """See `Node.check`."""
        if self.block_shape and len(self.block_shape) != len(shape):
            raise CorruptError(f"block shape {self.block_shape} does not fit an array of shape {shape}")
        if any(not 1 <= block <= max(length, 1) for block, length in zip(self.block_shape, shape, strict=False)):
            raise CorruptError(f"block shape {self.block_shape} exceeds an array of shape {shape}")
        check_size(shape, self.result_type(around), around)
        self.codes.check(shape, around)
        check_operand("an affine code", self.codes.result_type(around))
        scale_shape = scales_of(shape, self.block_shape)
        self.scale.check(scale_shape, around)
        if not self.scale.result_type(around).is_float:
            raise CorruptError(f"affine scale is {self.scale.result_type(around)}, not a float")
        if self.zero_point:
            self.zero_point.check(scale_shape, around)
            check_operand("an affine zero point", self.zero_point.result_type(around))

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
        return TypedArray(element_type, dequantize(codes, scale, zero_point, explicit(self.block_shape, shape)))

    def spelled(self) -> str:
        """See `Node.spelled`."""
        blocks = f" per {'×'.join(map(str, self.block_shape))}" if self.block_shape else ""
        zero_point = f", zero point {self.zero_point.spelled()}" if self.zero_point else ""
        return f"affine({self.codes.spelled()}, scale {self.scale.spelled()}{blocks}{zero_point})"


def _as_number(array: TypedArray, dtype: np.dtype[Any]) -> Array:
    """Integers as they are, floats as the float type that the scale is in."""
    if not array.element_type.is_float:
        return array.storage
    with np.errstate(over="ignore", invalid="ignore"):
        return widen(array).astype(dtype, copy=False)
