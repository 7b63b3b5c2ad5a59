"""The operator Range."""

from __future__ import annotations

import builtins
from math import ceil, isfinite

import numpy as np

from qmodel.dtypes import Array
from qmodel.errors import GraphError
from qmodel.runtime.memory import require_memory
from qmodel.runtime.precision import require_one_dtype, widened
from qmodel.runtime.registry import operator


@operator("Range", since=11, fresh=True, grows=True)
def range_of_numbers(start: Array, limit: Array, delta: Array, /, *, memory_limit: int, stash_type: int = 1) -> Array:
    """Numbers from start on in steps of delta, without the limit; float16 computed in float32 with `stash_type` 1."""
    require_one_dtype(start, limit, delta)
    if not start.size == limit.size == delta.size == 1:
        raise GraphError(f"wanted three scalars, got shapes {start.shape}, {limit.shape} and {delta.shape}")
    first, step = start.reshape(()), delta.reshape(())
    count = _count(first, limit.reshape(()), step)
    if stash_type == 1:
        first, step = widened(first), widened(step)
    require_memory((count,), np.dtype(np.int64), memory_limit)
    made = np.arange(count).astype(first.dtype)
    made *= step
    made += first
    return made.astype(start.dtype, copy=False)


def _count(start: Array, limit: Array, delta: Array) -> int:
    if delta == 0:
        raise GraphError("delta must not be 0")
    if start.dtype.kind in "iu":
        return len(builtins.range(int(start), int(limit), int(delta)))
    steps = (float(limit) - float(start)) / float(delta)
    if not isfinite(steps):
        raise GraphError(f"from {start} to {limit} in steps of {delta} is no finite number of steps")
    return max(0, ceil(steps))
