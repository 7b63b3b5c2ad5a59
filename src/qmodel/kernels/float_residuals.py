"""What is left of values when they are rounded to small floats, summed for each lane, as `affine_residuals` has it.

The numbers between two powers of two are evenly spaced, so that rounding to them is rounding to integers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qmodel.dtypes import Array
from qmodel.kernels.affine_residuals import add_products
from qmodel.kernels.dispatch import compiled

_EXPONENT_OF_F32, _EXPONENT_OF_F64 = np.uint32(0x7F800000), np.uint64(0x7FF0000000000000)
# NumPy takes so much longer for an element than for one of `affine_residuals`.
_SLOW = 2


@dataclass(frozen=True, slots=True)
class FloatSpacing:
    """Which numbers there are: 0 and, of both signs, those that are `fraction_bits` bits behind a leading one.

    Attributes:
        fraction_bits: how many bits there are behind the leading one.
        smallest: the smallest number above 0, and the least distance between two.
        largest: the largest number.
    """

    fraction_bits: int
    smallest: float
    largest: float


def float_residual_sums(values: Array, weights: Array | None, inverse: Array, spacing: FloatSpacing, /) -> Array:
    """As `residual_sums` without zeros, for codes that are the nearest floats, ties to even, clipped to the largest.

    Args:
        values, weights, inverse: as for `residual_sums`.
        spacing: of the floats.
    """
    sums = np.zeros((5, values.shape[1]), values.dtype)
    number = values.dtype.type
    part, smallest, largest = (number(x) for x in (2.0**-spacing.fraction_bits, spacing.smallest, spacing.largest))
    fast = compiled("float_residuals", values.size * _SLOW)
    (fast.add_residuals if fast else add_residuals)(values, weights, inverse, part, smallest, largest, sums)
    return sums


def add_residuals(
    values: Array,
    weights: Array | None,
    inverse: Array,
    part: np.floating,
    smallest: np.floating,
    largest: np.floating,
    sums: Array,
) -> None:
    """The sums of `float_residual_sums`, added to `sums`; has a compiled twin.

    Args:
        part: the distance between two numbers, in units of the power of two below them.
        smallest: the least distance.
        largest: the largest number.
    """
    mask = _EXPONENT_OF_F32 if values.dtype == np.float32 else _EXPONENT_OF_F64
    for step in range(values.shape[0]):
        steps = values[step] * inverse
        clipped = np.minimum(np.maximum(steps, -largest), largest)
        power = (clipped.view(mask.dtype) & mask).view(values.dtype)
        distance = np.maximum(power * part, smallest)
        codes = np.rint(clipped / distance) * distance
        add_products(steps - codes, codes, None if weights is None else weights[step], sums)
