"""Error weights of affine fits, from the importance that the caller gives."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.errors import InvalidInputError


def error_weights(importance: Array | None, values: Array, /) -> Array | None:
    """Weights of the shape and dtype of values, the largest of them 1; None: all squared errors count alike.

    Raises:
        InvalidInputError: importance does not broadcast to the shape, is negative, or not finite.
    """
    if importance is None or not values.size:
        return None
    largest = float(importance.max(initial=0))
    if not (np.isfinite(importance).all() and float(importance.min(initial=0)) >= 0):
        raise InvalidInputError("importance must be finite and at least 0")
    if largest == 0:
        return None
    try:
        whole = np.broadcast_to(importance, values.shape)
    except ValueError:
        raise InvalidInputError(
            f"importance of shape {importance.shape} does not fit an array of shape {values.shape}"
        ) from None
    return (whole / largest).astype(values.dtype, copy=False)
