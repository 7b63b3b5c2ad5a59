"""The operator Clip."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.errors import GraphError
from qmodel.runtime.precision import require_one_dtype
from qmodel.runtime.registry import operator

_LARGEST_FLOAT32 = 3.4028234663852886e38


@operator("Clip", since=11, fresh=True)
def clip(x: Array, low: Array | None = None, high: Array | None = None, /, *, out: Array | None = None) -> Array:
    """X kept between two scalars; when low exceeds high, high wins."""
    require_one_dtype(x, low, high)
    if any(bound is not None and bound.size != 1 for bound in (low, high)):
        raise GraphError("min and max must be scalars")
    if low is None and high is None:
        return np.positive(x, out=out)
    lowest, highest = (None if bound is None else bound.reshape(()) for bound in (low, high))
    if x.dtype.kind == "f":  # two bounds are sooner done than one
        lowest = x.dtype.type(-np.inf) if lowest is None else lowest
        highest = x.dtype.type(np.inf) if highest is None else highest
    made: Array = np.clip(x, lowest, highest, out=out)
    return made


@operator("Clip", since=6, until=10, fresh=True)
def clip_by_attributes(x: Array, /, *, min: float = -_LARGEST_FLOAT32, max: float = _LARGEST_FLOAT32) -> Array:
    """As `clip`, the bounds given as attributes."""
    return np.clip(x, x.dtype.type(min), x.dtype.type(max))
