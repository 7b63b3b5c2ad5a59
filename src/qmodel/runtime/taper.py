"""Window functions for spectra: sums of a constant and cosines."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.errors import GraphError
from qmodel.runtime.element_types import dtype_of
from qmodel.runtime.memory import require_memory
from qmodel.runtime.scalars import whole_number


def cosine_window(
    size: Array, factors: tuple[float, ...], /, *, periodic: bool, output_datatype: int, memory_limit: int
) -> Array:
    """The sum over k of factors[k] * cos(2 pi k n / N), for n from 0 on.

    Args:
        size: one integer, how many values.
        factors: of the constant and of each cosine.
        periodic: N is the size; otherwise one less, so that the window is symmetric.
        output_datatype: ONNX element type.
        memory_limit: in bytes.

    Raises:
        GraphError: the size is negative.
        LimitError: it is too large.
    """
    length, dtype = whole_number(size), dtype_of(output_datatype)
    if length < 0:
        raise GraphError(f"the size of a window must be at least 0, got {length}")
    require_memory((length,), np.dtype(np.float64), memory_limit)
    phase = np.arange(length) * (2 * np.pi / max(1, length if periodic else length - 1))
    made = np.full(length, factors[0])
    for number, factor in enumerate(factors[1:], 1):
        made += factor * np.cos(number * phase)
    return made.astype(dtype)
