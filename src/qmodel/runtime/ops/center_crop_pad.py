"""The operator CenterCropPad."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.errors import GraphError
from qmodel.runtime.axes import positive_axes
from qmodel.runtime.memory import require_memory
from qmodel.runtime.registry import Ints, operator


@operator("CenterCropPad", since=18, fresh=True, grows=True)
def center_crop_pad(x: Array, shape: Array, /, *, memory_limit: int, axes: Ints | None = None) -> Array:
    """The middle of each axis, or the axis amid zeros; of an odd difference the smaller half comes first."""
    chosen = tuple(range(x.ndim)) if axes is None else positive_axes(axes, x.ndim)
    wanted = tuple(int(length) for length in shape)
    if len(wanted) != len(chosen) or min(wanted, default=0) < 0:
        raise GraphError(f"wanted {len(chosen)} lengths of at least 0, got {wanted}")
    lengths, source, target = list(x.shape), [slice(None)] * x.ndim, [slice(None)] * x.ndim
    for axis, length in zip(chosen, wanted, strict=True):
        common = min(length, x.shape[axis])
        inside, outside = (x.shape[axis] - common) // 2, (length - common) // 2
        source[axis], target[axis] = slice(inside, inside + common), slice(outside, outside + common)
        lengths[axis] = length
    require_memory(lengths, x.dtype, memory_limit)
    made = np.zeros(lengths, dtype=x.dtype)
    made[tuple(target)] = x[tuple(source)]
    return made
