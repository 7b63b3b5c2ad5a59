"""RoiAlign: points in the bins of regions, and what is made of their values."""

from __future__ import annotations

from itertools import product

import numpy as np

from qmodel.dtypes import Array
from qmodel.errors import GraphError
from qmodel.kernels.point_sampling import PointTaps, sample
from qmodel.runtime.memory import require_memory
from qmodel.runtime.precision import widened


def pool_regions(
    x: Array,
    bounds: Array,
    owners: Array,
    bins: tuple[int, int],
    /,
    *,
    smallest: float,
    ratio: int,
    largest: bool,
    memory_limit: int,
) -> Array:
    """Mean or maximum of the points in each bin, (regions, C, *bins), of a float type.

    Regions of which the bins have equally many points are done together.

    Args:
        x: (N, C, H, W), not empty in space.
        bounds: float32 or float64 (regions, 4): x1, y1, x2, y2 in elements of x.
        owners: int64 (regions,), the image of each.
        bins: down and across.
        smallest: side that a smaller region is made as long as.
        ratio: points along each side of a bin; 0 for one for each element it covers.
        largest: whether to take the maximum.
        memory_limit: most bytes of the points of one region.

    Raises:
        GraphError: a bound is not finite.
        LimitError: a region has too many points.
    """
    if not np.isfinite(bounds).all():
        raise GraphError("a region has a bound that is not finite")
    starts = bounds[:, 1::-1]
    sides = bounds[:, :1:-1] - starts
    sides = np.maximum(sides, smallest) if smallest else sides
    sizes = sides / np.array(bins, dtype=sides.dtype)
    counts = np.full(sizes.shape, ratio) if ratio else np.maximum(0, np.ceil(sizes)).astype(np.float64)
    images = np.ascontiguousarray(np.moveaxis(widened(x), 1, -1))
    made = np.zeros((len(bounds), x.shape[1], *bins), dtype=images.dtype)
    for count in np.unique(counts, axis=0):
        shape = tuple(int(each) for each in count)
        chosen = np.flatnonzero((counts == count).all(axis=1))
        require_memory((*bins, *shape, x.shape[1], 2), images.dtype, memory_limit)
        for region in chosen if 0 not in shape else ():
            part = _points(starts[region], sizes[region], bins, shape, images.shape[1:3])
            owner = np.full(part[0].places.shape[0], owners[region])
            values = _largest_terms(images, owner, part) if largest else sample(images, owner, part)
            grouped = values.reshape(bins[0], shape[0], bins[1], shape[1], -1)
            pooled = grouped.max(axis=(1, 3)) if largest else grouped.mean(axis=(1, 3))
            made[region] = np.moveaxis(pooled, -1, 0)
    return made


def _points(
    start: Array, size: Array, bins: tuple[int, int], counts: tuple[int, ...], space: tuple[int, ...]
) -> list[PointTaps]:
    """Taps of all points of a region, row after row."""
    axes = []
    for axis, length in enumerate(space):
        steps = (np.arange(bins[axis] * counts[axis]) + 0.5) / counts[axis]
        axes.append(_edge_taps(start[axis] + steps * size[axis], length))
    down, across = axes
    rows, columns = down.places.shape[0], across.places.shape[0]
    return [
        PointTaps(np.repeat(down.places, columns, axis=0), np.repeat(down.weights, columns, axis=0)),
        PointTaps(np.tile(across.places, (rows, 1)), np.tile(across.weights, (rows, 1))),
    ]


def _edge_taps(positions: Array, length: int) -> PointTaps:
    """Two neighbours; up to one element outside reads the edge, farther outside nothing."""
    is_outside = (positions < -1) | (positions > length)
    inside = np.clip(positions, 0, length - 1)
    first = np.floor(inside).astype(np.int64)
    share = inside - first
    weights = np.where(is_outside[:, None], 0, np.stack([1 - share, share], axis=1))
    return PointTaps(np.stack([first, np.minimum(first + 1, length - 1)], axis=1), weights)


def _largest_terms(images: Array, owners: Array, taps: list[PointTaps]) -> Array:
    """The largest of the weighted neighbours of each point."""
    terms = []
    for numbers in product((0, 1), repeat=2):
        single = [
            PointTaps(each.places[:, number : number + 1], each.weights[:, number : number + 1])
            for each, number in zip(taps, numbers, strict=True)
        ]
        terms.append(sample(images, owners, single))
    made: Array = np.maximum.reduce(terms)
    return made
