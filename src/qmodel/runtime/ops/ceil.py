"""The operator Ceil."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.runtime.element_kinds import require_floats
from qmodel.runtime.registry import operator


@operator("Ceil", since=6, fresh=True)
def ceil(x: Array, /, *, out: Array | None = None) -> Array:
    """The next integer that is not smaller."""
    require_floats(x)
    return np.ceil(x, out=out)
