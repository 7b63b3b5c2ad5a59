"""Compiled twin of `qmodel.kernels.affine_residuals`: lanes are vector lanes, and the compiler knows what is None."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.kernels.compiled.jit import jit

# Lanes worked on together, so that their sums, steps and codes stay in the nearest cache.
_CHUNK = 1024


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
    if zero is None:
        if weights is None:
            _symmetric(values, inverse, minimum, maximum, sums)
        else:
            _symmetric_weighted(values, weights, inverse, minimum, maximum, sums)
    elif weights is None:
        _shifted(values, inverse, zero, minimum, maximum, sums)
    else:
        _shifted_weighted(values, weights, inverse, zero, minimum, maximum, sums)


def add_table_residuals(
    values: Array, weights: Array | None, inverse: Array, table: Array, borders: Array, sums: Array
) -> None:
    """As `qmodel.kernels.affine_residuals.add_table_residuals`."""
    if weights is None:
        _table(values, inverse, table, borders, sums)
    else:
        _table_weighted(values, weights, inverse, table, borders, sums)


@jit
def _symmetric(values: Array, inverse: Array, minimum: np.floating, maximum: np.floating, sums: Array) -> None:
    squared, product, code_squared = sums[0], sums[1], sums[2]
    for step in range(values.shape[0]):
        row = values[step]
        for lane in range(values.shape[1]):
            steps = row[lane] * inverse[lane]
            code = min(max(np.rint(steps), minimum), maximum)
            residual = steps - code
            squared[lane] += residual * residual
            product[lane] += residual * code
            code_squared[lane] += code * code


@jit
def _symmetric_weighted(
    values: Array, weights: Array, inverse: Array, minimum: np.floating, maximum: np.floating, sums: Array
) -> None:
    squared, product, code_squared = sums[0], sums[1], sums[2]
    for step in range(values.shape[0]):
        row, weight = values[step], weights[step]
        for lane in range(values.shape[1]):
            steps = row[lane] * inverse[lane]
            code = min(max(np.rint(steps), minimum), maximum)
            residual = steps - code
            weighted = residual * weight[lane]
            squared[lane] += weighted * residual
            product[lane] += weighted * code
            code_squared[lane] += code * weight[lane] * code


@jit
def _shifted(
    values: Array, inverse: Array, zero: Array, minimum: np.floating, maximum: np.floating, sums: Array
) -> None:
    squared, product, code_squared, residual_sum, code_sum = sums[0], sums[1], sums[2], sums[3], sums[4]
    for step in range(values.shape[0]):
        row = values[step]
        for lane in range(values.shape[1]):
            steps = row[lane] * inverse[lane] + zero[lane]
            rounded = min(max(np.rint(steps), minimum), maximum)
            residual = steps - rounded
            code = rounded - zero[lane]
            squared[lane] += residual * residual
            product[lane] += residual * code
            code_squared[lane] += code * code
            residual_sum[lane] += residual
            code_sum[lane] += code


@jit
def _shifted_weighted(
    values: Array,
    weights: Array,
    inverse: Array,
    zero: Array,
    minimum: np.floating,
    maximum: np.floating,
    sums: Array,
) -> None:
    squared, product, code_squared, residual_sum, code_sum = sums[0], sums[1], sums[2], sums[3], sums[4]
    for step in range(values.shape[0]):
        row, weight = values[step], weights[step]
        for lane in range(values.shape[1]):
            steps = row[lane] * inverse[lane] + zero[lane]
            rounded = min(max(np.rint(steps), minimum), maximum)
            residual = steps - rounded
            code = rounded - zero[lane]
            weighted, weighted_code = residual * weight[lane], code * weight[lane]
            squared[lane] += weighted * residual
            product[lane] += weighted * code
            code_squared[lane] += weighted_code * code
            residual_sum[lane] += weighted
            code_sum[lane] += weighted_code


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
