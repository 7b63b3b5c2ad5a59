"""Error weights of affine fits, from the importance that the caller gives."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.encodings.importance import checked_importance


def error_weights(importance: Array | None, values: Array, /) -> Array | None:
    """Weights of the shape and dtype of values, the largest of them 1; None: all squared errors count alike.

    Raises:
        InvalidInputError: importance does not broadcast to the shape, is negative, or not finite.
    """
    if importance is None or not values.size:
        return None
    weights = checked_importance(importance, values.shape)
    largest = float(weights.max(initial=0))
    if largest == 0:
        return None
    whole = np.broadcast_to(weights, values.shape)
    return (whole / largest).astype(values.dtype, copy=False)
