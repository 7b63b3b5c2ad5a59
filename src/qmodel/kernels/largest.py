"""The k smallest keys of each row, in order, ties by place."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array

# A partition is quicker than a sort from about this share of the row on.
_SHARE_WORTH_A_PARTITION = 4


def smallest_places(keys: Array, count: int, /) -> Array:
    """Places of the smallest keys along the last axis.

    A row whose smallest keys are found by a partition needs no full sort, unless keys equal to the last of them are
    left out: a partition takes any of those.

    Args:
        keys: any shape with at least one axis.
        count: how many, 0 to the length of the last axis.

    Returns:
        int64 (..., count): ascending keys, equal ones by ascending place.
    """
    length = keys.shape[-1]
    if count == 0 or count * _SHARE_WORTH_A_PARTITION > length:
        return np.argsort(keys, axis=-1, kind="stable")[..., :count]
    rows = keys.reshape(-1, length)
    chosen = np.sort(np.argpartition(rows, count - 1, axis=1)[:, :count], axis=1)
    values = np.take_along_axis(rows, chosen, axis=1)
    order = np.argsort(values, axis=1, kind="stable")
    places = np.take_along_axis(chosen, order, axis=1)
    last = np.take_along_axis(values, order[:, -1:], axis=1)
    unclear = np.flatnonzero(np.count_nonzero(rows <= last, axis=1) != count)
    places[unclear] = np.argsort(rows[unclear], axis=1, kind="stable")[:, :count]
    return places.reshape(*keys.shape[:-1], count)
