"""Compiled twin of `qmodel.kernels.chains`: a block that stays in a core's first cache takes all steps."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.kernels.compiled.jit import inlined, jit_dividing
from qmodel.kernels.error_function import HASTINGS, HASTINGS_P, TAYLOR, TAYLOR_BELOW

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
_P = np.float32(HASTINGS_P)
_A1, _A2, _A3, _A4, _A5 = [np.float32(factor) for factor in HASTINGS]
_T0, _T1, _T2, _T3, _T4, _T5 = [np.float32(factor) for factor in TAYLOR]
_TAYLOR_BELOW = np.float32(TAYLOR_BELOW)


@jit_dividing
def apply_steps(run: Array, rows: int, pitch: int, columns: int, codes: Array, firsts: Array, seconds: Array) -> None:
    """Take the steps for each row of `columns` numbers; the rows begin `pitch` apart in the float32 run."""
    kept = np.empty(_BLOCK, np.float32)
    power = np.empty(_BLOCK, np.float32)
    rounded = np.empty(_BLOCK, np.float32)
    bits = rounded.view(np.int32)
    for row in range(rows):
        for first in range(row * pitch, row * pitch + columns, _BLOCK):
            y = run[first : min(first + _BLOCK, row * pitch + columns)]
            for number in range(codes.size):
                code, a, b = codes[number], firsts[number], seconds[number]
                if code == 5:
                    _sigmoid(y, rounded, bits)
                elif code == 8:
                    _erf(y, power, rounded, bits)
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
    """1 / (1 + e^−y)."""
    for i in range(y.size):
        y[i] = -y[i]
    _exponential(y, y, rounded, bits)
    for i in range(y.size):
        y[i] = _ONE / (_ONE + y[i])


@inlined
def _exponential(y: Array, made: Array, rounded: Array, bits: Array) -> None:
    """e^y, within a few units of the last place; `bits` are those of `rounded`, in which y / ln 2 is rounded."""
    for i in range(y.size):
        value = y[i]
        value = _LOWEST if value < _LOWEST else value
        value = _HIGHEST if value > _HIGHEST else value
        made[i] = value
        rounded[i] = value * _PER_LN2 + _ROUNDER
    for i in range(y.size):
        whole = rounded[i] - _ROUNDER
        r = (made[i] - whole * _LN2_HIGH) - whole * _LN2_LOW
        tail = _C2 + r * (_C3 + r * (_C4 + r * (_C5 + r * (_C6 + r * _C7))))
        made[i] = _ONE + r + r * r * tail
        bits[i] = (bits[i] + _EXPONENT_BIAS) << _EXPONENT_PLACE
    for i in range(y.size):
        made[i] *= rounded[i]


@inlined
def _erf(y: Array, power: Array, rounded: Array, bits: Array) -> None:
    """By Hastings' approximation, and near 0 by the Taylor series, as `qmodel.kernels.error_function`."""
    for i in range(y.size):
        power[i] = -y[i] * y[i]
    _exponential(power, power, rounded, bits)
    for i in range(y.size):
        x = y[i]
        magnitude = abs(x)
        t = _ONE / (_ONE + magnitude * _P)
        far = _ONE - t * (_A1 + t * (_A2 + t * (_A3 + t * (_A4 + t * _A5)))) * power[i]
        square = x * x
        near = x * (_T0 + square * (_T1 + square * (_T2 + square * (_T3 + square * (_T4 + square * _T5)))))
        far = -far if x < _ZERO else far
        y[i] = near if magnitude < _TAYLOR_BELOW else far
