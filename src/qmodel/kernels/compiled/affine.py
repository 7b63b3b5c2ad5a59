"""Compiled twin of `qmodel.kernels.affine`, for blocks that lie in memory one after the other."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.kernels.compiled.jit import jit, jit_dividing


@jit
def dequantize(codes: Array, scale: Array, zero_point: Array | None, values: Array) -> None:
    """As `qmodel.kernels.affine.dequantize`: arrays of shape (blocks, length), scales and zero points of (blocks,)."""
    number = values.dtype.type
    for block in range(codes.shape[0]):
        for index in range(codes.shape[1]):
            code = number(codes[block, index])
            shifted = code if zero_point is None else code - number(zero_point[block])
            values[block, index] = shifted * scale[block]


@jit_dividing
def quantize(
    values: Array,
    divisor: Array,
    zero_point: Array | None,
    rounds_first: bool,
    minimum: np.floating,
    maximum: np.floating,
    codes: Array,
) -> None:
    """As `qmodel.kernels.affine.quantize`, with zero points as floats and no divisor of 0."""
    for block in range(values.shape[0]):
        for index in range(values.shape[1]):
            steps = values[block, index] / divisor[block]
            if zero_point is None:
                steps = np.rint(steps)
            elif rounds_first:
                steps = np.rint(steps) + zero_point[block]
            else:
                steps = np.rint(steps + zero_point[block])
            codes[block, index] = min(max(steps, minimum), maximum)


@jit_dividing
def scaled_down(values: Array, divisor: Array, largest: np.floating, out: Array) -> None:
    """As `qmodel.kernels.affine.scaled_down`, with no divisor of 0."""
    for block in range(values.shape[0]):
        for index in range(values.shape[1]):
            out[block, index] = min(max(values[block, index] / divisor[block], -largest), largest)
