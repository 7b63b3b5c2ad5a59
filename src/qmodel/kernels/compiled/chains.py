"""Compiled twin of `qmodel.kernels.chains`: a block that stays in a core's first cache takes all steps."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.kernels.compiled.jit import inlined, jit_dividing

_BLOCK = 2048
# e^y = 2^n · e^r with n = rint(y / ln 2), r = y − n · ln 2, |r| <= ln 2 / 2, ln 2 in two parts of which the first is
# short, so that its products with n are exact (Cody and Waite, Software Manual for the Elementary Functions, 1980).
_PER_LN2 = np.float32(1.4426950408889634)
_LN2_HIGH = np.float32(0.693359375)
_LN2_LOW = np.float32(-2.12194440054690583e-4)
# Adding this rounds to an integer, which the lowest bits then hold.
_ROUNDER = np.float32(12582912.0)
# Where 2^n is a normal number.
_LOWEST, _HIGHEST = np.float32(-87.3), np.float32(88.0)
_EXPONENT_BIAS, _EXPONENT_PLACE = np.int32(127), np.int32(23)
_ONE, _ZERO = np.float32(1), np.float32(0)
# The rest of the series of e^r after 1 + r, divided by r²: Taylor's terms up to r^7 / 7!.
_C2, _C3, _C4 = np.float32(1 / 2), np.float32(1 / 6), np.float32(1 / 24)
_C5, _C6, _C7 = np.float32(1 / 120), np.float32(1 / 720), np.float32(1 / 5040)


@jit_dividing
def apply_steps(run: Array, rows: int, pitch: int, columns: int, codes: Array, firsts: Array, seconds: Array) -> None:
    """Take the steps for each row of `columns` numbers; the rows begin `pitch` apart in the float32 run."""
    kept = np.empty(_BLOCK, np.float32)
    rounded = np.empty(_BLOCK, np.float32)
    bits = rounded.view(np.int32)
    for row in range(rows):
        for first in range(row * pitch, row * pitch + columns, _BLOCK):
            y = run[first : min(first + _BLOCK, row * pitch + columns)]
            for number in range(codes.size):
                code, a, b = codes[number], firsts[number], seconds[number]
                if code == 5:
                    _sigmoid(y, rounded, bits)
                elif code == 6:
                    for i in range(y.size):
                        kept[i] = y[i]
                elif code == 7:
                    for i in range(y.size):
                        y[i] *= kept[i]
                else:
                    _calculate(y, code, a, b)


@inlined
def _calculate(y: Array, code: int, a: np.float32, b: np.float32) -> None:
    if code == 0:
        for i in range(y.size):
            y[i] *= a
    elif code == 1:
        for i in range(y.size):
            y[i] += a
    elif code == 2:
        for i in range(y.size):
            y[i] /= a
    elif code == 3:
        _clip(y, a, b)
    else:
        for i in range(y.size):
            y[i] = _ZERO if y[i] < _ZERO else y[i]


@inlined
def _clip(y: Array, low: np.float32, high: np.float32) -> None:
    for i in range(y.size):
        value = y[i]
        value = low if value < low else value
        y[i] = high if value > high else value


@inlined
def _sigmoid(y: Array, rounded: Array, bits: Array) -> None:
    """1 / (1 + e^−y); `bits` are those of `rounded`, in which -y / ln 2 is rounded."""
    for i in range(y.size):
        value = -y[i]
        value = _LOWEST if value < _LOWEST else value
        value = _HIGHEST if value > _HIGHEST else value
        y[i] = value
        rounded[i] = value * _PER_LN2 + _ROUNDER
    for i in range(y.size):
        whole = rounded[i] - _ROUNDER
        r = (y[i] - whole * _LN2_HIGH) - whole * _LN2_LOW
        tail = _C2 + r * (_C3 + r * (_C4 + r * (_C5 + r * (_C6 + r * _C7))))
        y[i] = _ONE + r + r * r * tail
        bits[i] = (bits[i] + _EXPONENT_BIAS) << _EXPONENT_PLACE
    for i in range(y.size):
        y[i] = _ONE / (_ONE + y[i] * rounded[i])
