"""Scales of rows and columns for separable contexts, from the values to be coded (spec/buffers/rans.md, "Contexts")."""

from __future__ import annotations

from math import log

import numpy as np

from qmodel.dtypes import Array

_STEPS_PER_OCTAVE = 4
_PASSES = 3
_LARGEST_DISTANCE = 40
# Smallest scales relative to the mean, so that rows of zeros have one.
_FLOOR = 1 / 64


def fit_scales(magnitudes: Array, /, *, rows: bool = True, columns: bool = True) -> tuple[Array | None, Array | None]:
    """Scales whose sums tell best how large the elements of a matrix are.

    Root mean squares of rows and columns are fitted in turn, each with the other's scales taken out. Then they are
    rounded so that the bits of the scales and those lost by rounding are fewest in all.

    Args:
        magnitudes: float32, 2-D.
        rows: whether rows have scales.
        columns: whether columns have.

    Returns:
        Scales of rows and of columns in quarter octaves, int8 with a median of 0; None for those that have none.
    """
    power = np.square(magnitudes)
    floor = float(power.mean()) * _FLOOR**2 or 1.0
    row_power: Array = np.ones(len(power), np.float32)
    column_power: Array = np.ones(power.shape[1], np.float32)
    for _ in range(_PASSES if rows and columns else 1):
        if rows:
            row_power = np.einsum("ij,j->i", power, 1 / column_power) / power.shape[1] + np.float32(floor)
        if columns:
            least = np.float32(_FLOOR**2 if rows else floor)
            column_power = np.einsum("i,ij->j", 1 / row_power, power) / len(power) + least
    return (
        _rounded(row_power, power.shape[1]) if rows else None,
        _rounded(column_power, len(power)) if columns else None,
    )


def _rounded(power: Array, elements: int) -> Array:
    """Logarithms in quarter octaves around their median, rounded to frequent integers where that loses few bits."""
    exact = np.log2(power) / 2 * _STEPS_PER_OCTAVE
    exact = np.minimum(np.maximum(exact - np.median(exact), -_LARGEST_DISTANCE), _LARGEST_DISTANCE)
    nearest = np.rint(exact).astype(np.int64)
    candidates = nearest[:, None] + np.arange(-2, 3)
    lost = elements * log(2) / _STEPS_PER_OCTAVE**2 * np.square(candidates - exact[:, None])
    candidates += _LARGEST_DISTANCE + 2
    chosen = candidates[:, 2]
    for _ in range(2):
        counts = np.bincount(chosen, minlength=2 * _LARGEST_DISTANCE + 5)
        bits = -np.log2((counts + 0.2) / exact.size)
        chosen = candidates[:, 0] + (lost + bits[candidates]).argmin(axis=1)
    return (chosen - (_LARGEST_DISTANCE + 2)).astype(np.int8)
