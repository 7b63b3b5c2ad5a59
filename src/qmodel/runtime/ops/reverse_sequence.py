"""The operator ReverseSequence."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.errors import GraphError
from qmodel.runtime.registry import operator


@operator("ReverseSequence", since=10, fresh=True)
def reverse_sequence(x: Array, sequence_lens: Array, /, *, batch_axis: int = 1, time_axis: int = 0) -> Array:
    """The first entries of each sequence in reverse, as many as its length says; what follows stays."""
    if x.ndim < 2 or {batch_axis, time_axis} != {0, 1}:
        raise GraphError(f"batch_axis and time_axis must be 0 and 1, got {batch_axis} and {time_axis} for {x.shape}")
    batch, time = x.shape[batch_axis], x.shape[time_axis]
    lengths = sequence_lens.astype(np.int64, copy=False)
    if lengths.shape != (batch,) or (batch and not 0 <= lengths.min() <= lengths.max() <= time):
        raise GraphError(f"wanted {batch} lengths of 0 to {time}, got {sequence_lens}")
    steps = np.arange(time)[:, None]
    sources = np.where(steps < lengths, lengths - 1 - steps, steps)
    if time_axis == 0:
        return x[sources, np.arange(batch)]
    return x[np.arange(batch)[:, None], sources.T]
