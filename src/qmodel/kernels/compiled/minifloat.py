"""Compiled twin of `qmodel.kernels.minifloat`."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.kernels.compiled.jit import jit


@jit
def widen(source: Array, table: Array, target: Array) -> None:
    """As `qmodel.kernels.minifloat.widen`."""
    for i in range(source.size):
        target[i] = table[source[i]]


@jit
def round_f32(source: Array, table: Array, target: Array) -> None:
    """As `qmodel.kernels.minifloat.round_f32`."""
    for i in range(source.size):
        bits = np.uint32(source[i])
        lost = np.uint32((bits & np.uint32(0xFFFF)) != 0)
        target[i] = table[(bits >> np.uint32(16)) | lost]


@jit
def round_f64(source: Array, table: Array, target: Array) -> None:
    """As `qmodel.kernels.minifloat.round_f64`."""
    for i in range(source.size):
        value = source[i]
        nearest = np.float32(value)
        bits = np.uint32(nearest.view(np.uint32))
        if abs(np.float64(nearest)) > abs(value):
            bits -= np.uint32(1)
        lost = np.uint32((bits & np.uint32(0xFFFF)) != 0 or np.float64(nearest) != value)
        target[i] = table[(bits >> np.uint32(16)) | lost]
