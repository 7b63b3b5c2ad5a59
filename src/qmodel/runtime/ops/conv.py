"""The operator Conv."""

from __future__ import annotations

from qmodel.dtypes import Array
from qmodel.kernels.convolution_geometry import Finish
from qmodel.runtime.convolutions import convolved
from qmodel.runtime.registry import Ints, operator


@operator("Conv", fresh=True)
def conv(
    x: Array,
    w: Array,
    b: Array | None = None,
    /,
    *,
    auto_pad: str = "NOTSET",
    dilations: Ints = (),
    group: int = 1,
    kernel_shape: Ints = (),
    pads: Ints = (),
    strides: Ints = (),
    finish: Finish | None = None,
) -> Array:
    """Cross-correlation of (N, C, ...) with (M, C / group, ...) plus a bias (M,); batch-last in memory."""
    return convolved(
        x,
        w,
        b,
        auto_pad=auto_pad,
        dilations=dilations,
        group=group,
        kernel_shape=kernel_shape,
        pads=pads,
        strides=strides,
        finish=finish,
    )
