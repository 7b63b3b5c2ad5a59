"""Compiled twin of `qmodel.kernels.float_residuals`."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from qmodel.dtypes import Array
from qmodel.kernels.compiled.jit import jit, jit_dividing

# Elements of a lane added at once, so that its sums stay in registers meanwhile.
_ROWS = 4


@jit
def _power_of_f32(number: np.floating) -> np.floating:
    """The power of two below a number; 0 for subnormal ones."""
    single = np.float32(number)
    exponent = np.uint32(single.view(np.uint32) & np.uint32(0x7F800000))
    return exponent.view(np.float32)


@jit
def _power_of_f64(number: np.floating) -> np.floating:
    """As `_power_of_f32`."""
    double = np.float64(number)
    exponent = np.uint64(double.view(np.uint64) & np.uint64(0x7FF0000000000000))
    return exponent.view(np.float64)


def _adder(rows: int, power_of: Callable[[np.floating], np.floating]) -> Callable[..., None]:
    @jit_dividing
    def add(
        values: Array,
        weights: Array | None,
        inverse: Array,
        part: np.floating,
        smallest: np.floating,
        largest: np.floating,
        sums: Array,
    ) -> None:
        for first in range(0, values.shape[0], rows):
            for lane in range(values.shape[1]):
                squared, product, code_squared = sums[0, lane], sums[1, lane], sums[2, lane]
                for row in range(first, first + rows):
                    steps = values[row, lane] * inverse[lane]
                    clipped = min(max(steps, -largest), largest)
                    distance = max(power_of(clipped) * part, smallest)
                    code = np.rint(clipped / distance) * distance
                    residual = steps - code
                    weighted = residual if weights is None else residual * weights[row, lane]
                    weighted_code = code if weights is None else code * weights[row, lane]
                    squared += weighted * residual
                    product += weighted * code
                    code_squared += weighted_code * code
                sums[0, lane], sums[1, lane], sums[2, lane] = squared, product, code_squared

    return add


_ADDERS = {
    "float32": (_adder(_ROWS, _power_of_f32), _adder(1, _power_of_f32)),
    "float64": (_adder(_ROWS, _power_of_f64), _adder(1, _power_of_f64)),
}


def add_residuals(
    values: Array,
    weights: Array | None,
    inverse: Array,
    part: np.floating,
    smallest: np.floating,
    largest: np.floating,
    sums: Array,
) -> None:
    """As `qmodel.kernels.float_residuals.add_residuals`."""
    whole = values.shape[0] // _ROWS * _ROWS
    for add, rows in zip(_ADDERS[values.dtype.name], (slice(whole), slice(whole, None)), strict=True):
        weights_of_rows = None if weights is None else weights[rows]
        add(values[rows], weights_of_rows, inverse, part, smallest, largest, sums)
