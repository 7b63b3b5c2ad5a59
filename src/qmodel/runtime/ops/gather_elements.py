"""The operator GatherElements."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.runtime.axes import positive_axis
from qmodel.runtime.coordinates import element_places
from qmodel.runtime.registry import operator


@operator("GatherElements", since=11, fresh=True)
def gather_elements(x: Array, indices: Array, /, *, axis: int = 0) -> Array:
    """For each index, the element there along an axis and at the index's own place along the others."""
    return np.take(x, element_places(indices, x.shape, positive_axis(axis, x.ndim)))
