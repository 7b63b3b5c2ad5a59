"""The operator Constant."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.errors import GraphError
from qmodel.runtime.registry import Floats, Ints, operator


@operator("Constant")
def constant(
    *,
    value: Array | None = None,
    value_float: float | None = None,
    value_floats: Floats | None = None,
    value_int: int | None = None,
    value_ints: Ints | None = None,
) -> Array:
    """A tensor of the file, or numbers as float32 or int64."""
    floats = (np.asarray(v, dtype=np.float32) for v in (value_float, value_floats) if v is not None)
    ints = (np.asarray(v, dtype=np.int64) for v in (value_int, value_ints) if v is not None)
    given = [*([] if value is None else [value]), *floats, *ints]
    if len(given) != 1:
        raise GraphError(f"exactly one value must be given, got {len(given)}")
    return given[0]
