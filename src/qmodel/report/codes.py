"""Weights on the scale of their quantizer's codes: there, the levels of all blocks fall together."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from qmodel.container import Reader
from qmodel.dtypes import Array
from qmodel.encodings import AffineNode
from qmodel.encodings.affine_blocks import explicit, scales_of
from qmodel.encodings.convert import widen
from qmodel.kernels.affine import dequantize, scaled_down

# Dividing what was multiplied leaves rounding errors, far smaller than any code.
_FRACTIONS = 1 << 12


@dataclass(frozen=True, slots=True)
class CodeScale:
    """The scales and zero points of a tensor that has several of them.

    Attributes:
        scale: float32 or float64, one for each block.
        zero_point: of the same dtype, likewise; None for zeros.
        block_shape: length of a block along each axis.
    """

    scale: Array
    zero_point: Array | None
    block_shape: tuple[int, ...]

    @classmethod
    def of(cls, reader: Reader, name: str, /) -> CodeScale | None:
        """Those of a tensor in a file; None where it is not stored as codes of several scales."""
        record = reader.tensors[name]
        node = record.encoding
        if not isinstance(node, AffineNode):
            return None
        shape = scales_of(record.shape, node.block_shape)
        if math.prod(shape) < 2:
            return None
        scale = widen(node.scale.decode(shape, reader))
        zero_point = None
        if node.zero_point is not None:
            found = node.zero_point.decode(shape, reader)
            zero_point = (widen(found) if found.element_type.is_float else found.storage).astype(scale.dtype)
        return cls(scale, zero_point, explicit(node.block_shape, record.shape))

    def codes_of(self, values: Array, /) -> Array:
        """Turn values into values / scale + zero point, what is not finite into 0.

        Args:
            values: floats of the tensor's shape.

        Returns:
            An array of the same shape and the dtype of the scale, rounded to multiples of 2⁻¹².
        """
        finite = np.where(np.isfinite(values), values, 0).astype(self.scale.dtype)
        codes = scaled_down(finite, self.scale, self.block_shape, math.inf)
        if self.zero_point is not None:
            codes = dequantize(codes, np.ones_like(self.scale), -self.zero_point, self.block_shape)
        codes *= _FRACTIONS
        np.rint(codes, out=codes)
        codes /= _FRACTIONS
        return codes
