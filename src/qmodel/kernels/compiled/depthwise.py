"""Compiled twin of `qmodel.kernels.depthwise`: no padding, no temporaries, one pass over each output row."""

from __future__ import annotations

from qmodel.dtypes import Array
from qmodel.kernels.compiled.jit import jit


@jit
def convolve_planes(
    x: Array,
    weight: Array,
    stride_y: int,
    stride_x: int,
    dilation_y: int,
    dilation_x: int,
    pad_y: int,
    pad_x: int,
    out: Array,
) -> None:
    """Cross-correlate (channels, height, width, batch) with (channels, height, width) kernels into `out`."""
    channels, out_height, out_width, batch = out.shape
    height, width = x.shape[1], x.shape[2]
    kernel_height, kernel_width = weight.shape[1], weight.shape[2]
    for job in range(channels * out_height):
        channel = job // out_height
        y = job % out_height
        for column in range(out_width):
            target = out[channel, y, column]
            target[:] = 0
            for i in range(kernel_height):
                row = y * stride_y + i * dilation_y - pad_y
                if row < 0 or row >= height:
                    continue
                for j in range(kernel_width):
                    position = column * stride_x + j * dilation_x - pad_x
                    if position < 0 or position >= width:
                        continue
                    factor = weight[channel, i, j]
                    source = x[channel, row, position]
                    for image in range(batch):
                        target[image] += source[image] * factor
