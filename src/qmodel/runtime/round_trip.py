"""QuantizeLinear and the DequantizeLinear behind it, as one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qmodel.dtypes import Array
from qmodel.kernels.round_trip import round_trip
from qmodel.runtime.requantization import limits_of

_EXACT_TYPES = ("int8", "uint8", "int16", "uint16")


@dataclass(frozen=True, slots=True, eq=False)
class Quantizer:
    """One scale and one zero point, both ways, for a whole array.

    Attributes:
        scale: float32, one number.
        zero_point: one integer of 8 or 16 bits.
    """

    scale: Array
    zero_point: Array

    @staticmethod
    def of(scale: Array | None, zero_point: Array | None) -> Quantizer | None:
        """None where something is not known, or of other types or sizes."""
        if scale is None or zero_point is None or scale.size != 1 or zero_point.size != 1:
            return None
        fits = scale.dtype == np.float32 and zero_point.dtype.name in _EXACT_TYPES
        return Quantizer(scale.reshape(()), zero_point.reshape(())) if fits else None

    def equals(self, other: Quantizer, /) -> bool:
        """Whether both give the same numbers."""
        same = self.zero_point.dtype == other.zero_point.dtype and self.zero_point == other.zero_point
        return bool(same and self.scale == other.scale)


def quantized_and_back(x: Array, /, *, quantizer: Quantizer, out: Array | None = None) -> Array:
    """DequantizeLinear(QuantizeLinear(x)).

    Args:
        x: numbers, which are divided by the scale in float32.
        quantizer: of both.
        out: x, where it may be overwritten.

    Returns:
        float32, its axes in memory as x's are where x has each number once and without gaps.
    """
    zero = int(quantizer.zero_point)
    low, high = (np.float32(limit - zero) for limit in limits_of(quantizer.zero_point.dtype))
    source = x.astype(np.float32, copy=False)
    flat = source.ravel("K")
    if not np.may_share_memory(flat, source):  # the order of such a copy is no array's
        source = out = np.array(source, order="C")
        flat = source.ravel()
    made = source if out is source else np.empty_like(source)
    round_trip(flat, np.float32(quantizer.scale), low, high, made.ravel("K"))
    return made
