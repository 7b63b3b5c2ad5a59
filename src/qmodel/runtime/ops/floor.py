"""The operator Floor."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.runtime.element_kinds import require_floats
from qmodel.runtime.registry import operator


@operator("Floor", since=6, fresh=True)
def floor(x: Array, /, *, out: Array | None = None) -> Array:
    """The next integer that is not larger."""
    require_floats(x)
    return np.floor(x, out=out)
