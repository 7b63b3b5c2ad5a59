"""Greedy suppression of boxes that overlap a better one."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array


def keep_apart(corners: Array, most: int, threshold: float, /) -> Array:
    """Places of the boxes kept: each that overlaps no box kept before it by more than the threshold.

    The overlap is the area of the intersection over that of the union; a box without area overlaps none.

    Args:
        corners: (boxes, 4), lower corner and upper corner, best box first.
        most: how many to keep at most.
        threshold: largest overlap of two boxes that are both kept.

    Returns:
        int64, ascending.
    """
    low, high = corners[:, :2], corners[:, 2:]
    areas = np.prod(high - low, axis=1)
    left = np.arange(len(corners))
    kept: list[int] = []
    while left.size and len(kept) < most:
        best, left = left[0], left[1:]
        kept.append(best)
        sides = np.minimum(high[left], high[best]) - np.maximum(low[left], low[best])
        common = np.prod(np.maximum(sides, 0), axis=1)
        union = areas[left] + areas[best] - common
        overlaps = (common > 0) & (areas[best] > 0) & (areas[left] > 0) & (union > 0)
        left = left[~(overlaps & (common / np.where(union == 0, 1, union) > threshold))]
    return np.array(kept, dtype=np.int64)
