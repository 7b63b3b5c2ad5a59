"""The operator ConvInteger."""

from __future__ import annotations

from typing import Any

import numpy as np

from qmodel.dtypes import Array
from qmodel.errors import GraphError
from qmodel.kernels.integer_products import exact_dtype, largest_magnitude, largest_sum
from qmodel.runtime.convolutions import convolved
from qmodel.runtime.precision import require_one_dtype
from qmodel.runtime.registry import Ints, operator
from qmodel.runtime.requantization import centred

_BYTES = (np.int8, np.uint8)


@operator("ConvInteger", since=10, fresh=True)
def conv_integer(
    x: Array,
    w: Array,
    x_zero_point: Array | None = None,
    w_zero_point: Array | None = None,
    /,
    *,
    auto_pad: str = "NOTSET",
    dilations: Ints = (),
    group: int = 1,
    kernel_shape: Ints = (),
    pads: Ints = (),
    strides: Ints = (),
) -> Array:
    """Conv of (x - its zero point) with (w - its zero point), summed in int32, which wraps; pads are zero points."""
    sums = integer_convolution(
        x,
        x_zero_point,
        w,
        w_zero_point,
        None,
        auto_pad=auto_pad,
        dilations=dilations,
        group=group,
        kernel_shape=kernel_shape,
        pads=pads,
        strides=strides,
    )
    return (sums if sums.dtype == np.float32 else sums.astype(np.int64)).astype(np.int32)


def integer_convolution(
    x: Array, x_zero_point: Array | None, w: Array, w_zero_point: Array | None, bias: Array | None, /, **options: Any
) -> Array:
    """The exact sums of a quantized convolution, as integers in float32 where they all fit, else in float64.

    Args:
        x: (N, C, ...), int8 or uint8.
        x_zero_point: one number of x's dtype, or None.
        w: (M, C / group, ...), int8 or uint8.
        w_zero_point: one number of w's dtype or (M,), or None.
        bias: (M,), int32, or None.
        options: the attributes of Conv.

    Raises:
        GraphError: a dtype or a shape does not fit.
    """
    require_one_dtype(x, x_zero_point)
    require_one_dtype(w, w_zero_point)
    if x.dtype not in _BYTES or w.dtype not in _BYTES:
        raise GraphError(f"wanted int8 or uint8, got {x.dtype} and {w.dtype}")
    if bias is not None and bias.dtype != np.int32:
        raise GraphError(f"the bias must be int32, got {bias.dtype}")
    source = centred(x, _scalar(x_zero_point), np.float32)
    offsets = None if w_zero_point is None else of_output_channels(w_zero_point, w.shape[0], w.ndim - 1)
    weight = centred(w, offsets, np.float32)
    peak = largest_magnitude(source)
    added = 0.0 if bias is None else largest_magnitude(bias)
    exact = exact_dtype(peak * largest_sum(weight, tuple(range(1, w.ndim))) + added) or np.dtype(np.float64)
    offset = None if bias is None else bias.astype(exact)
    source, weight = source.astype(exact, copy=False), weight.astype(exact, copy=False)
    return convolved(source, weight, offset, **options, exact=True)


def of_output_channels(parameter: Array, channels: int, axes_after: int, /) -> Array:
    """A scale or zero point of a weight: one number, or one for each output channel.

    Args:
        parameter: the numbers.
        channels: how many there are.
        axes_after: how many axes of length 1 to add.

    Raises:
        GraphError: it has another shape.
    """
    if parameter.size == 1:
        return parameter.reshape(())
    if parameter.shape != (channels,):
        raise GraphError(f"wanted one number or {channels} of them, got shape {parameter.shape}")
    return parameter.reshape(-1, *(1,) * axes_after)


def _scalar(parameter: Array | None) -> Array | None:
    if parameter is None:
        return None
    if parameter.size != 1:
        raise GraphError(f"wanted one number, got shape {parameter.shape}")
    return parameter.reshape(())
