"""Compiled twin of the transforms in `qmodel.kernels.winograd`, written out, as most factors are 0 and 1."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.kernels.compiled.jit import inlined, jit
from qmodel.kernels.winograd import KERNEL_TRANSFORM

_TILE, _SPAN = 4, 6
_TWO, _FOUR, _FIVE, _EIGHT = np.float32(2), np.float32(4), np.float32(5), np.float32(8)


@jit
def transform_kernels(kernels: Array, made: Array) -> None:
    """See `qmodel.kernels.winograd.transform_kernels`; the inner loops run over the channels."""
    rows, channels = kernels.shape[:2]
    elements = np.empty((9, channels), np.float32)
    halfway = np.empty((3, _SPAN, channels), np.float32)
    for row in range(rows):
        flat = kernels[row].reshape(-1)
        for element in range(9):
            target = elements[element]
            for channel in range(channels):
                target[channel] = flat[9 * channel + element]
        for j in range(3):
            for i in range(_SPAN):
                _combine(i, elements[j], elements[3 + j], elements[6 + j], halfway[j, i])
        for i in range(_SPAN):
            for j in range(_SPAN):
                _combine(j, halfway[0, i], halfway[1, i], halfway[2, i], made[_SPAN * i + j, row])


@inlined
def _combine(number: int, a: Array, b: Array, c: Array, made: Array) -> None:
    """One row of the kernels' transform, times three elements."""
    of_a, of_b, of_c = KERNEL_TRANSFORM[number, 0], KERNEL_TRANSFORM[number, 1], KERNEL_TRANSFORM[number, 2]
    for i in range(made.size):
        made[i] = of_a * a[i] + of_b * b[i] + of_c * c[i]


@jit
def transform_input(x: Array, top: int, left: int, first: int, columns: int, made: Array) -> None:
    """See `qmodel.kernels.winograd.transform_input`."""
    channels, height = x.shape[:2]
    wide = _TILE * columns + 2
    lines = np.empty((_SPAN, wide), np.float32)
    halfway = np.empty((_SPAN, wide), np.float32)
    for channel in range(channels):
        for row in range(made.shape[2] // columns):
            for i in range(_SPAN):
                y = _TILE * (first + row) + i - top
                if 0 <= y < height:
                    _place(x[channel, y], left, lines[i])
                else:
                    lines[i] = 0
            _transform_lines(lines, halfway)
            for i in range(_SPAN):
                _transform_line(halfway[i], made, _SPAN * i, channel, row * columns, columns)


@inlined
def _place(source: Array, left: int, line: Array) -> None:
    """A row of the image between zeros."""
    stop = min(left + source.size, line.size)
    for i in range(min(left, line.size)):
        line[i] = 0
    for i in range(left, stop):
        line[i] = source[i - left]
    for i in range(max(stop, 0), line.size):
        line[i] = 0


@inlined
def _transform_lines(lines: Array, made: Array) -> None:
    for x in range(lines.shape[1]):
        a, b, c, d, e, f = lines[0, x], lines[1, x], lines[2, x], lines[3, x], lines[4, x], lines[5, x]
        made[0, x] = _FOUR * a - _FIVE * c + e
        made[1, x] = (e - _FOUR * c) + (d - _FOUR * b)
        made[2, x] = (e - _FOUR * c) - (d - _FOUR * b)
        made[3, x] = (e - c) + _TWO * (d - b)
        made[4, x] = (e - c) - _TWO * (d - b)
        made[5, x] = _FOUR * b - _FIVE * d + f


@inlined
def _transform_line(line: Array, made: Array, point: int, channel: int, start: int, count: int) -> None:
    """As `_transform_lines`, along a line, a tile after another."""
    to_a, to_b = made[point, channel, start : start + count], made[point + 1, channel, start : start + count]
    to_c, to_d = made[point + 2, channel, start : start + count], made[point + 3, channel, start : start + count]
    to_e, to_f = made[point + 4, channel, start : start + count], made[point + 5, channel, start : start + count]
    for tile in range(count):
        x = _TILE * tile
        a, b, c, d, e, f = line[x], line[x + 1], line[x + 2], line[x + 3], line[x + 4], line[x + 5]
        to_a[tile] = _FOUR * a - _FIVE * c + e
        to_b[tile] = (e - _FOUR * c) + (d - _FOUR * b)
        to_c[tile] = (e - _FOUR * c) - (d - _FOUR * b)
        to_d[tile] = (e - c) + _TWO * (d - b)
        to_e[tile] = (e - c) - _TWO * (d - b)
        to_f[tile] = _FOUR * b - _FIVE * d + f


@jit
def transform_products(products: Array, first: int, columns: int, bias: Array, out: Array) -> None:
    """See `qmodel.kernels.winograd.transform_products`."""
    channels, height, width = out.shape
    halfway = np.empty((_TILE, _SPAN, columns), np.float32)
    line = np.empty(_TILE * columns, np.float32)
    for channel in range(channels):
        for row in range(products.shape[2] // columns):
            for j in range(_SPAN):
                _transform_points(products, j, channel, row * columns, halfway)
            y = _TILE * (first + row)
            for i in range(min(_TILE, height - y)):
                _transform_tiles(halfway[i], bias[channel], line)
                target = out[channel, y + i]
                for x in range(width):
                    target[x] = line[x]


@inlined
def _transform_points(products: Array, j: int, channel: int, start: int, made: Array) -> None:
    count = made.shape[2]
    a, b = products[j, channel, start : start + count], products[6 + j, channel, start : start + count]
    c, d = products[12 + j, channel, start : start + count], products[18 + j, channel, start : start + count]
    e, f = products[24 + j, channel, start : start + count], products[30 + j, channel, start : start + count]
    for i in range(count):
        near, far = b[i] + c[i], d[i] + e[i]
        near_difference, far_difference = b[i] - c[i], d[i] - e[i]
        made[0, j, i] = a[i] + near + far
        made[1, j, i] = near_difference + _TWO * far_difference
        made[2, j, i] = near + _FOUR * far
        made[3, j, i] = near_difference + _EIGHT * far_difference + f[i]


@inlined
def _transform_tiles(points: Array, bias: np.float32, line: Array) -> None:
    """As `_transform_points`, along a line, and the bias added."""
    a, b, c, d, e, f = points[0], points[1], points[2], points[3], points[4], points[5]
    for tile in range(points.shape[1]):
        near, far = b[tile] + c[tile], d[tile] + e[tile]
        near_difference, far_difference = b[tile] - c[tile], d[tile] - e[tile]
        line[_TILE * tile] = a[tile] + near + far + bias
        line[_TILE * tile + 1] = near_difference + _TWO * far_difference + bias
        line[_TILE * tile + 2] = near + _FOUR * far + bias
        line[_TILE * tile + 3] = near_difference + _EIGHT * far_difference + f[tile] + bias
