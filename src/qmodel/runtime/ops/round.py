"""The operator Round."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.runtime.element_kinds import require_floats
from qmodel.runtime.registry import operator


@operator("Round", since=11, fresh=True)
def round_to_even(x: Array, /, *, out: Array | None = None) -> Array:
    """The nearest integer, ties to the even one."""
    require_floats(x)
    return np.rint(x, out=out)
