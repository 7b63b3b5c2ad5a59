"""Compiled twin of `qmodel.kernels.bf16`."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.kernels.compiled.jit import jit


@jit
def widen_bf16(source: Array, target: Array) -> None:
    """As `qmodel.kernels.bf16.widen_bf16`."""
    for i in range(source.size):
        target[i] = np.uint32(source[i]) << np.uint32(16)


@jit
def round_f32(source: Array, target: Array) -> None:
    """As `qmodel.kernels.bf16.round_f32`."""
    for i in range(source.size):
        bits = np.uint32(source[i])
        upper = bits >> np.uint32(16)
        rounded = np.uint32(bits + np.uint32(0x7FFF) + (upper & np.uint32(1))) >> np.uint32(16)
        is_nan = (bits & np.uint32(0x7FFFFFFF)) > np.uint32(0x7F800000)
        target[i] = upper | np.uint32(0x40) if is_nan else rounded


@jit
def round_f64(source: Array, target: Array) -> None:
    """As `qmodel.kernels.bf16.round_f64`."""
    all_bits = source.view(np.uint64)
    for i in range(source.size):
        value = source[i]
        nearest = np.float32(value)
        bits = np.uint32(nearest.view(np.uint32))
        if abs(np.float64(nearest)) > abs(value):
            bits -= np.uint32(1)
        if np.float64(nearest) != value:
            bits |= np.uint32(1)
        rounded = np.uint32(bits + np.uint32(0x7FFF) + ((bits >> np.uint32(16)) & np.uint32(1))) >> np.uint32(16)
        upper = all_bits[i] >> np.uint64(45)
        nan_bits = ((upper >> np.uint64(3)) & np.uint64(0x8000)) | np.uint64(0x7FC0) | (upper & np.uint64(0x3F))
        target[i] = np.uint16(nan_bits) if value != value else np.uint16(rounded)
