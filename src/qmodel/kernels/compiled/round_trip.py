"""Compiled twin of `qmodel.kernels.round_trip`: one pass."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.kernels.compiled.jit import jit_dividing


@jit_dividing
def round_trip(x: Array, scale: np.float32, low: np.float32, high: np.float32, out: Array) -> None:
    """See `qmodel.kernels.round_trip.round_trip`."""
    zero = np.float32(0)
    for i in range(x.size):
        code = np.rint(x[i] / scale)
        code = code if code >= low else low
        code = high if code > high else code
        out[i] = (code + zero) * scale
