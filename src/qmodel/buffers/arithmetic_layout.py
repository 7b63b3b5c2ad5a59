"""How elements lie that resemble each other: rows of kernels, rows of images, rows of neither.

Kernels that are squares or lines, and images that are squares, leave their size in the length of a row. Each size that
could be is judged by how much better a linear prediction by least squares, of some of the elements, is with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import isqrt

import numpy as np

from qmodel.buffers.arithmetic import usual_distances
from qmodel.dtypes import Array
from qmodel.kernels.element_prediction import Layout

# Of larger kernels weights for each place would be learned too slowly; larger squares are taken for images.
_LARGEST_KERNEL = 64
_LARGEST_IMAGE = 1 << 14
_SAMPLE_ELEMENTS = 1 << 16
_FEWEST_ELEMENTS = 256
# What a weight costs until it is learned, and a distance in the manifest.
_BITS_OF_A_WEIGHT, _BITS_OF_A_DISTANCE = 3, 8
# Keeps weights small where elements say little, in mean squares of an element.
_RIDGE = 4


def best_layout(levels: Array, columns: int, /) -> Layout:
    """The layout with which elements are best predicted.

    Args:
        levels: what the elements stand for, integers, 1-D.
        columns: length of a row; 0: there are no rows.
    """
    columns = max(columns, 1)
    candidates = list(_candidates(columns))
    sample = levels[:_SAMPLE_ELEMENTS].astype(np.float64)
    if sample.size < _FEWEST_ELEMENTS or not sample.any():
        return candidates[0]
    return max(candidates, key=lambda layout: _saved_bits(sample, layout))


def _candidates(columns: int) -> Iterator[Layout]:
    yield Layout(columns, 1, usual_distances(columns))
    for size in range(2, min(columns, _LARGEST_IMAGE) + 1):
        if columns % size:
            continue
        width = isqrt(size)
        is_square = width * width == size
        if size <= _LARGEST_KERNEL and is_square:
            yield Layout(columns, size, _ascending(1, 2, width - 1, width, width + 1, 2 * width, size, columns))
        elif size <= _LARGEST_KERNEL:
            yield Layout(columns, size, _ascending(1, 2, size, columns))
        elif is_square:
            around = [row * width + place for row, reach in ((1, 2), (2, 1)) for place in range(-reach, reach + 1)]
            yield Layout(columns, 1, _ascending(1, 2, *around, size, columns))


def _ascending(*distances: int) -> tuple[int, ...]:
    return tuple(sorted(set(distances)))


def _saved_bits(levels: Array, layout: Layout) -> float:
    """About how many bits the means of a layout save, less what it costs."""
    levels = levels[: levels.size // layout.period * layout.period]
    count = len(layout.distances)
    inputs = _inputs(levels, layout)
    products = inputs @ inputs.transpose(0, 2, 1)
    squares, wanted = products[:, :count, :count], products[:, :count, count:]
    total = float(levels @ levels)
    ridge = _RIDGE * total / levels.size * np.eye(count)
    weights = np.linalg.solve(squares + ridge, wanted)
    explained = float(np.sum(weights * (2 * wanted - squares @ weights)))
    gain = levels.size / 2 * np.log2(total / max(total - explained, 1.0))
    weight_count = np.count_nonzero(np.diagonal(squares, axis1=1, axis2=2))
    return float(gain) - weight_count * _BITS_OF_A_WEIGHT - count * _BITS_OF_A_DISTANCE


def _inputs(levels: Array, layout: Layout) -> Array:
    """What each level is predicted from, and the level itself: of shape (period, distances + 1, levels / period)."""
    period = layout.period
    by_place = np.ascontiguousarray(levels.reshape(-1, period).T)
    rows = by_place.shape[1]
    inputs = np.zeros((period, len(layout.distances) + 1, rows), levels.dtype)
    inputs[:, -1] = by_place
    for number, distance in enumerate(layout.distances):
        for place in range(distance if distance < period else 0, period):
            back, source = divmod(place - distance, period)
            back = min(-back, rows)
            inputs[place, number, back:] = by_place[source, : rows - back]
    return inputs
