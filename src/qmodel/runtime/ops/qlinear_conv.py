"""The operator QLinearConv."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.errors import GraphError
from qmodel.runtime.ops.conv_integer import integer_convolution, of_output_channels
from qmodel.runtime.registry import Ints, operator
from qmodel.runtime.requantization import requantized


@operator("QLinearConv", since=10, fresh=True)
def qlinear_conv(
    x: Array,
    x_scale: Array,
    x_zero_point: Array,
    w: Array,
    w_scale: Array,
    w_zero_point: Array,
    y_scale: Array,
    y_zero_point: Array,
    b: Array | None = None,
    /,
    *,
    auto_pad: str = "NOTSET",
    dilations: Ints = (),
    group: int = 1,
    kernel_shape: Ints = (),
    pads: Ints = (),
    strides: Ints = (),
) -> Array:
    """Conv of quantized arrays, quantized: exact sums, scaled in float32, rounded, saturated.

    The weight's scale and zero point may have one entry for each output channel; the bias is in units of the product of
    the scales of x and w.
    """
    if any(parameter.size != 1 for parameter in (x_scale, y_scale, y_zero_point)):
        raise GraphError("the scales of x and y and the zero point of y must be scalars")
    sums = integer_convolution(
        x,
        x_zero_point,
        w,
        w_zero_point,
        b,
        auto_pad=auto_pad,
        dilations=dilations,
        group=group,
        kernel_shape=kernel_shape,
        pads=pads,
        strides=strides,
    )
    factor = np.asarray(x_scale.reshape(()) * w_scale / y_scale.reshape(()))
    scaled = sums.astype(np.float32, copy=False)
    scaled *= of_output_channels(factor, w.shape[0], w.ndim - 2)
    return requantized(scaled, y_zero_point.reshape(()), y_zero_point.dtype)
