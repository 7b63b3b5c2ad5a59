"""Compiled twin of `qmodel.kernels.affine_residuals`: lanes are vector lanes, and the compiler knows what is None."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from qmodel.dtypes import Array
from qmodel.kernels.compiled.jit import jit

# Lanes worked on together, so that their sums, steps and codes stay in the nearest cache.
_CHUNK = 1024
# Elements of a lane added at once, so that its sums stay in registers meanwhile: twice as fast as one by one.
_ROWS = 4


def _adder_of_symmetric(rows: int) -> Callable[..., None]:
    @jit
    def add(
        values: Array, weights: Array | None, inverse: Array, minimum: np.floating, maximum: np.floating, sums: Array
    ) -> None:
        for first in range(0, values.shape[0], rows):
            for lane in range(values.shape[1]):
                squared, product, code_squared = sums[0, lane], sums[1, lane], sums[2, lane]
                for row in range(first, first + rows):
                    steps = values[row, lane] * inverse[lane]
                    code = min(max(np.rint(steps), minimum), maximum)
                    residual = steps - code
                    weighted = residual if weights is None else residual * weights[row, lane]
                    weighted_code = code if weights is None else code * weights[row, lane]
                    squared += weighted * residual
                    product += weighted * code
                    code_squared += weighted_code * code
                sums[0, lane], sums[1, lane], sums[2, lane] = squared, product, code_squared

    return add


def _adder_of_shifted(rows: int) -> Callable[..., None]:
    @jit
    def add(
        values: Array,
        weights: Array | None,
        inverse: Array,
        zero: Array,
        minimum: np.floating,
        maximum: np.floating,
        sums: Array,
    ) -> None:
        for first in range(0, values.shape[0], rows):
            for lane in range(values.shape[1]):
                squared, product, code_squared = sums[0, lane], sums[1, lane], sums[2, lane]
                residual_sum, code_sum = sums[3, lane], sums[4, lane]
                for row in range(first, first + rows):
                    steps = values[row, lane] * inverse[lane] + zero[lane]
                    rounded = min(max(np.rint(steps), minimum), maximum)
                    residual, code = steps - rounded, rounded - zero[lane]
                    weighted = residual if weights is None else residual * weights[row, lane]
                    weighted_code = code if weights is None else code * weights[row, lane]
                    squared += weighted * residual
                    product += weighted * code
                    code_squared += weighted_code * code
                    residual_sum += weighted
                    code_sum += weighted_code
                sums[0, lane], sums[1, lane], sums[2, lane] = squared, product, code_squared
                sums[3, lane], sums[4, lane] = residual_sum, code_sum

    return add


_add_symmetric, _add_symmetric_row = _adder_of_symmetric(_ROWS), _adder_of_symmetric(1)
_add_shifted, _add_shifted_row = _adder_of_shifted(_ROWS), _adder_of_shifted(1)


@jit
def add_residuals(
    values: Array,
    weights: Array | None,
    inverse: Array,
    zero: Array | None,
    minimum: np.floating,
    maximum: np.floating,
    sums: Array,
) -> None:
    """As `qmodel.kernels.affine_residuals.add_residuals`."""
    whole = values.shape[0] // _ROWS * _ROWS
    weights_of_whole = None if weights is None else weights[:whole]
    weights_of_rest = None if weights is None else weights[whole:]
    if zero is None:
        _add_symmetric(values[:whole], weights_of_whole, inverse, minimum, maximum, sums)
        _add_symmetric_row(values[whole:], weights_of_rest, inverse, minimum, maximum, sums)
    else:
        _add_shifted(values[:whole], weights_of_whole, inverse, zero, minimum, maximum, sums)
        _add_shifted_row(values[whole:], weights_of_rest, inverse, zero, minimum, maximum, sums)


def add_table_residuals(
    values: Array, weights: Array | None, inverse: Array, table: Array, borders: Array, sums: Array
) -> None:
    """As `qmodel.kernels.affine_residuals.add_table_residuals`."""
    if weights is None:
        _table(values, inverse, table, borders, sums)
    else:
        _table_weighted(values, weights, inverse, table, borders, sums)


@jit
def _nearest(row: Array, inverse: Array, table: Array, borders: Array, steps: Array, codes: Array) -> None:
    """Steps and codes of a row of at most `_CHUNK` lanes.

    Several borders a pass over the lanes: all lanes are compared with one number at once, and what a pass reads and
    writes stays in registers meanwhile.
    """
    for lane in range(row.size):
        steps[lane] = row[lane] * inverse[lane]
        codes[lane] = table[0]
    entry = 0
    while entry + 5 <= borders.size:
        b0, b1, b2 = borders[entry], borders[entry + 1], borders[entry + 2]
        b3, b4 = borders[entry + 3], borders[entry + 4]
        t0, t1, t2 = table[entry + 1], table[entry + 2], table[entry + 3]
        t3, t4 = table[entry + 4], table[entry + 5]
        for lane in range(row.size):
            step, code = steps[lane], codes[lane]
            code = t0 if step > b0 else code
            code = t1 if step > b1 else code
            code = t2 if step > b2 else code
            code = t3 if step > b3 else code
            codes[lane] = t4 if step > b4 else code
        entry += 5
    while entry < borders.size:
        border, above = borders[entry], table[entry + 1]
        for lane in range(row.size):
            codes[lane] = above if steps[lane] > border else codes[lane]
        entry += 1


@jit
def _table(values: Array, inverse: Array, table: Array, borders: Array, sums: Array) -> None:
    steps, codes = np.empty(_CHUNK, values.dtype), np.empty(_CHUNK, values.dtype)
    for start in range(0, values.shape[1], _CHUNK):
        part = slice(start, start + _CHUNK)
        factors, squared, product, code_squared = inverse[part], sums[0, part], sums[1, part], sums[2, part]
        for step in range(values.shape[0]):
            _nearest(values[step, part], factors, table, borders, steps, codes)
            for lane in range(factors.size):
                residual = steps[lane] - codes[lane]
                squared[lane] += residual * residual
                product[lane] += residual * codes[lane]
                code_squared[lane] += codes[lane] * codes[lane]


@jit
def _table_weighted(values: Array, weights: Array, inverse: Array, table: Array, borders: Array, sums: Array) -> None:
    steps, codes = np.empty(_CHUNK, values.dtype), np.empty(_CHUNK, values.dtype)
    for start in range(0, values.shape[1], _CHUNK):
        part = slice(start, start + _CHUNK)
        factors, squared, product, code_squared = inverse[part], sums[0, part], sums[1, part], sums[2, part]
        for step in range(values.shape[0]):
            weight = weights[step, part]
            _nearest(values[step, part], factors, table, borders, steps, codes)
            for lane in range(factors.size):
                residual = steps[lane] - codes[lane]
                weighted = residual * weight[lane]
                squared[lane] += weighted * residual
                product[lane] += weighted * codes[lane]
                code_squared[lane] += codes[lane] * weight[lane] * codes[lane]
