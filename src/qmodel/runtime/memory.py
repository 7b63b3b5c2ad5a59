"""How much memory an operator may ask for, checked before it is allocated."""

from __future__ import annotations

from collections.abc import Iterable
from math import prod
from typing import Any

import numpy as np

from qmodel.errors import LimitError
from qmodel.limits import GIB

DEFAULT_MEMORY_LIMIT = 16 * GIB


def require_memory(shape: Iterable[int], dtype: np.dtype[Any], limit: int, /) -> None:
    """Refuse an array that would be larger than the limit in bytes.

    For operators whose output's size does not follow from the sizes of their inputs: a few bytes of a file could ask
    for any amount of memory.

    Raises:
        LimitError: it would be; the message says how large.
    """
    lengths = tuple(int(length) for length in shape)
    wanted = prod(lengths) * dtype.itemsize
    if wanted > limit:
        raise LimitError(f"an array of shape {lengths} and type {dtype} needs {wanted} bytes, the limit is {limit}")
