"""Compiled twin of `qmodel.kernels.depthwise`: one kernel for many images, whose batch is a long run, one for few."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.kernels.compiled.jit import inlined, jit

# Sums that are added to at once.
_BLOCK = 2048


@jit
def convolve_many_images(
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
    """Cross-correlate (channels, height, width, batch) with (channels, height, width) kernels into `out`.

    No padding and no temporaries: the inner loop runs over the batch.
    """
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


@jit
def convolve_few_images(
    x: Array,
    factors: Array,
    offsets: Array,
    lengths: tuple[int, int],
    strides: tuple[int, int],
    numbers: Array,
    wholes: Array,
    out: Array,
) -> None:
    """Cross-correlate as the NumPy version does, a channel at a time, whose planes and sums stay in the first cache.

    The arguments are what `qmodel.kernels.depthwise.Phases` says, `numbers` and `wholes` its places; `factors` are
    (channels, kernel elements), x and out (channels, height, width, batch), all C-contiguous.
    """
    channels, out_height, out_width, batch = out.shape
    height, width = lengths
    pitch = width * batch
    planes = np.zeros((offsets.shape[0], height, pitch), x.dtype)
    starts = (numbers * height + wholes[:, 0]) * pitch + wholes[:, 1] * batch
    sums = np.empty(out_height * pitch, x.dtype)
    length = (out_height - 1) * pitch + out_width * batch
    for channel in range(channels):
        for phase in range(offsets.shape[0]):
            _fill(x[channel], offsets[phase], strides, planes[phase])
        _accumulate(planes.reshape(-1), factors[channel], starts, length, sums)
        for y in range(out_height):
            target, row = out[channel, y].reshape(-1), sums[y * pitch :]
            for i in range(target.size):
                target[i] = row[i]


@inlined
def _fill(x: Array, offsets: Array, strides: tuple[int, int], plane: Array) -> None:
    """Copy what lies inside the image; the rest of the plane is zero, and the same for every channel."""
    height, width, batch = x.shape
    first = max(0, -(offsets[1] // strides[1]))
    last = min(plane.shape[1] // batch, -((offsets[1] - width) // strides[1]))
    for row in range(plane.shape[0]):
        y = row * strides[0] + offsets[0]
        if y < 0 or y >= height:
            continue
        source, target = x[y].reshape(-1), plane[row]
        if strides[1] == 1:
            shift = offsets[1] * batch
            for i in range(first * batch, last * batch):
                target[i] = source[i + shift]
        elif batch == 1:
            for column in range(first, last):
                target[column] = source[column * strides[1] + offsets[1]]
        else:
            for column in range(first, last):
                position = column * strides[1] + offsets[1]
                for image in range(batch):
                    target[column * batch + image] = source[position * batch + image]


@inlined
def _accumulate(planes: Array, factors: Array, starts: Array, length: int, sums: Array) -> None:
    """Sum the runs, each times its factor; four in one pass, one after the other."""
    for first in range(0, length, _BLOCK):
        last = min(first + _BLOCK, length)
        block = sums[first:last]
        run = planes[starts[0] + first : starts[0] + last]
        for i in range(last - first):
            block[i] = run[i] * factors[0]
        number = 1
        while number + 4 <= starts.size:
            a = planes[starts[number] + first : starts[number] + last]
            b = planes[starts[number + 1] + first : starts[number + 1] + last]
            c = planes[starts[number + 2] + first : starts[number + 2] + last]
            d = planes[starts[number + 3] + first : starts[number + 3] + last]
            of_a, of_b, of_c, of_d = factors[number], factors[number + 1], factors[number + 2], factors[number + 3]
            for i in range(last - first):
                block[i] = (((block[i] + a[i] * of_a) + b[i] * of_b) + c[i] * of_c) + d[i] * of_d
            number += 4
        while number < starts.size:
            run = planes[starts[number] + first : starts[number] + last]
            for i in range(last - first):
                block[i] += run[i] * factors[number]
            number += 1
