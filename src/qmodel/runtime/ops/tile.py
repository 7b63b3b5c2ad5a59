"""The operator Tile."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.runtime.registry import operator


@operator("Tile", since=6, fresh=True, grows=True)
def tile(x: Array, repeats: Array, /) -> Array:
    """The array repeated along each axis."""
    return np.tile(x, tuple(int(count) for count in repeats))
