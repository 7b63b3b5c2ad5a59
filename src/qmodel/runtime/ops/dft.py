"""The operator DFT."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.errors import GraphError
from qmodel.runtime.axes import positive_axis
from qmodel.runtime.memory import require_memory
from qmodel.runtime.registry import operator
from qmodel.runtime.scalars import whole_number
from qmodel.runtime.spectra import as_complex, as_parts, transform


@operator("DFT", since=20, fresh=True, grows=True)
def dft(
    x: Array,
    dft_length: Array | None = None,
    axis: Array | None = None,
    /,
    *,
    memory_limit: int,
    inverse: int = 0,
    onesided: int = 0,
) -> Array:
    """The discrete Fourier transform along an axis; the last axis holds real and imaginary part, or the real one."""
    along = -2 if axis is None else whole_number(axis)
    return _transformed(x, dft_length, along, bool(inverse), bool(onesided), memory_limit)


@operator("DFT", since=17, until=19, fresh=True, grows=True)
def dft_by_attribute(
    x: Array,
    dft_length: Array | None = None,
    /,
    *,
    memory_limit: int,
    axis: int = 1,
    inverse: int = 0,
    onesided: int = 0,
) -> Array:
    """As `dft`, the axis given as an attribute."""
    return _transformed(x, dft_length, axis, bool(inverse), bool(onesided), memory_limit)


def _transformed(
    x: Array, dft_length: Array | None, axis: int, inverse: bool, onesided: bool, memory_limit: int
) -> Array:
    along = positive_axis(axis, x.ndim)
    if along == x.ndim - 1:
        raise GraphError("the last axis holds the parts of a number and cannot be transformed")
    signal = as_complex(x)
    default = 2 * (x.shape[along] - 1) if inverse and onesided else x.shape[along]
    length = default if dft_length is None else whole_number(dft_length)
    shape = (*x.shape[:along], max(0, length), *x.shape[along + 1 : -1], 2)
    require_memory(shape, np.dtype(np.float64), memory_limit)
    made = transform(signal, length, along, inverse=inverse, onesided=onesided)
    if inverse and onesided:
        return made[..., None].astype(x.dtype, copy=False)
    return as_parts(made, x.dtype)
