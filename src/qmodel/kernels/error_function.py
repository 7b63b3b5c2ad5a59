"""The error function, which NumPy lacks.

In float64 by Taylor series about the points of a grid: the derivatives of erf at x are (2 / sqrt(pi)) e^(-x^2) times
Hermite polynomials, so the coefficients about a point are exact up to rounding (Abramowitz and Stegun, 7.1.19). With
points 1/16 apart the terms left out are below 1e-16.

In float32, three times as quick, by the approximation of Hastings (Abramowitz and Stegun, 7.1.26), which is within
1.5e-7, and near 0 by the Taylor series there.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np

from qmodel.dtypes import Array

_POINTS_PER_UNIT = 16
_LARGEST = 6.0  # erf differs from 1 by less than 1e-16 beyond
_TERMS = 10


TAYLOR_BELOW = 0.5
TAYLOR = tuple(2 / math.sqrt(math.pi) * (-1) ** n / (math.factorial(n) * (2 * n + 1)) for n in range(6))
HASTINGS_P = 0.3275911
HASTINGS = (0.254829592, -0.284496736, 1.421413741, -1.453152027, 1.061405429)
# What is worked on at once, with three arrays beside it, stays in a core's second cache.
_BLOCK = 1 << 14


def erf(x: Array, /) -> Array:
    """(2 / sqrt(pi)) times the integral of e^(-t^2) from 0 to x.

    Args:
        x: of a float dtype.

    Returns:
        Of x's dtype: float64 within 1e-15, float32 and narrower within 7e-7, relative to the result.
    """
    if x.dtype == np.float64:
        return _erf_float64(x)
    flat = np.ascontiguousarray(x, np.float32).reshape(-1)
    made = np.empty_like(flat)
    for start in range(0, flat.size, _BLOCK):
        _erf_float32(flat[start : start + _BLOCK], made[start : start + _BLOCK])
    return made.reshape(x.shape).astype(x.dtype, copy=False)


def _erf_float32(x: Array, out: Array) -> None:
    magnitude = np.abs(x)
    square = np.square(x)
    t = magnitude * np.float32(HASTINGS_P)
    t += 1
    np.reciprocal(t, out=t)
    np.copyto(out, _polynomial(t, HASTINGS))
    out *= t
    out *= np.exp(-square)
    np.subtract(1, out, out=out)
    near = magnitude < TAYLOR_BELOW
    if near.any():
        magnitude *= _polynomial(square, TAYLOR)
        np.copyto(out, magnitude, where=near)
    np.copysign(out, x, out=out)


def _polynomial(x: Array, coefficients: tuple[float, ...]) -> Array:
    """Of the lowest coefficient first, by Horner's rule in x's dtype."""
    value: Array = x * x.dtype.type(coefficients[-1])
    for coefficient in coefficients[-2:0:-1]:
        value += x.dtype.type(coefficient)
        value *= x
    value += x.dtype.type(coefficients[0])
    return value


def _erf_float64(x: Array) -> Array:
    magnitude = np.minimum(np.abs(x), _LARGEST)
    point = np.rint(np.nan_to_num(magnitude) * _POINTS_PER_UNIT).astype(np.intp)
    distance = magnitude - point / _POINTS_PER_UNIT
    coefficients = _coefficients()
    value = coefficients[_TERMS - 1][point]
    for order in range(_TERMS - 2, -1, -1):
        value *= distance
        value += coefficients[order][point]
    signed: Array = np.copysign(value, x)
    return signed


@cache
def _coefficients() -> Array:
    """Row k holds the coefficients of distance^k at the points."""
    points = np.arange(int(_LARGEST * _POINTS_PER_UNIT) + 1) / _POINTS_PER_UNIT
    rows = [np.array([math.erf(point) for point in points])]
    hermite, previous = np.ones_like(points), np.zeros_like(points)
    scale = 2 / math.sqrt(math.pi) * np.exp(-(points**2))
    for order in range(1, _TERMS):
        rows.append(scale * hermite * (-1) ** (order - 1) / math.factorial(order))
        hermite, previous = 2 * points * hermite - 2 * (order - 1) * previous, hermite
    return np.stack(rows)
