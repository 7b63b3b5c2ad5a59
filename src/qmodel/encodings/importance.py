"""Error weights that a caller gives for the values of a tensor."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.errors import InvalidInputError


def checked_importance(importance: Array, shape: tuple[int, ...], /) -> Array:
    """Error weights that fit an array.

    Args:
        importance: finite and at least 0, broadcasting to the shape.
        shape: of the array.

    Raises:
        InvalidInputError: they are not so.
    """
    weights = np.asarray(importance)
    try:
        np.broadcast_to(weights, shape)
    except ValueError:
        raise InvalidInputError(f"importance of shape {weights.shape} does not fit shape {shape}") from None
    if not (np.isfinite(weights).all() and (weights >= 0).all()):
        raise InvalidInputError("importance must be finite and at least 0")
    return weights
