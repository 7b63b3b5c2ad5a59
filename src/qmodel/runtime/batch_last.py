"""The memory layout of images inside the interpreter: the batch innermost, shown as (N, C, ...) by a transposed view.

Every operator sees ONNX's shapes. Conv makes arrays whose memory is (C, ..., N); NumPy's elementwise functions keep
that order, and the pools and the next Conv find long contiguous runs over the batch (qmodel.kernels.convolution). With
one image it is the usual layout.
"""

from __future__ import annotations

from qmodel.dtypes import Array


def to_batch_last(x: Array, /) -> Array:
    """(N, C, ...) as (C, ..., N), a view."""
    return x.transpose(*range(1, x.ndim), 0)


def from_batch_last(x: Array, /) -> Array:
    """(C, ..., N) as (N, C, ...), a view."""
    return x.transpose(-1, *range(x.ndim - 1))
