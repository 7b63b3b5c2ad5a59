"""Numbers to the integers of a quantized type and back, without the integers between.

    y = (clip(rint(x / scale) + zero, low, high) − zero) · scale
      = clip(rint(x / scale), low − zero, high − zero) · scale

which is exact for types of up to 16 bits: a quotient so large that adding the zero point would be rounded is clipped.
"""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.kernels.dispatch import compiled

# Worked on at once by NumPy, pass after pass, in a core's cache.
_BLOCK = 1 << 15


def round_trip(x: Array, scale: np.float32, low: np.float32, high: np.float32, out: Array, /) -> None:
    """Write what is left of float32 numbers.

    Args:
        x: (count,), contiguous; NaN becomes the smallest value.
        scale: of the quantized type.
        low: its smallest value, less the zero point.
        high: its largest value, less the zero point.
        out: as x; may be x.
    """
    twin = compiled("round_trip", x.size)
    if twin is not None:
        twin.round_trip(x, scale, low, high, out)
        return
    for start in range(0, x.size, _BLOCK):
        block = out[start : start + _BLOCK]
        np.divide(x[start : start + _BLOCK], scale, out=block)
        np.rint(block, out=block)
        np.fmax(block, low, out=block)
        np.minimum(block, high, out=block)
        block += 0  # no negative zero comes from an integer
        block *= scale
