"""Values between the elements of images, at points that differ from image to image.

Images have their channels innermost, so that reading a point copies one run of memory for all channels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from math import prod

import numpy as np

from qmodel.dtypes import Array


@dataclass(frozen=True, slots=True)
class PointTaps:
    """What points read along one axis.

    Attributes:
        places: int64 (points, taps), within the axis.
        weights: float (points, taps); zero where a point reads outside.
    """

    places: Array
    weights: Array


def linear_taps(positions: Array, length: int, /) -> PointTaps:
    """The two neighbours of positions along an axis; outside are zeros.

    Args:
        positions: float (points,), finite.
        length: of the axis, at least 1.
    """
    first = np.floor(positions)
    places = first[:, None] + np.arange(2)
    share = positions - first
    weights = np.stack([1 - share, share], axis=1)
    weights = np.where((places < 0) | (places >= length), 0, weights)
    return PointTaps(np.clip(places, 0, length - 1).astype(np.int64), weights)


def sample(images: Array, owners: Array, taps: Sequence[PointTaps], /) -> Array:
    """Weighted sums over all combinations of the axes' taps.

    Args:
        images: (images, *space, channels), C-contiguous, of a float type.
        owners: int64 (points,), which image each point reads.
        taps: for each axis of the space.

    Returns:
        (points, channels), of the dtype of the images.
    """
    space = images.shape[1:-1]
    rows = images.reshape(images.shape[0] * prod(space), images.shape[-1])
    made = np.zeros((owners.size, images.shape[-1]), dtype=images.dtype)
    for combination in product(*(range(each.places.shape[1]) for each in taps)):
        places, weights = owners, np.ones(owners.size)
        for length, each, number in zip(space, taps, combination, strict=True):
            places = places * length + each.places[:, number]
            weights = weights * each.weights[:, number]
        term = np.take(rows, places, axis=0)
        term *= weights[:, None].astype(images.dtype)
        made += term
    return made
