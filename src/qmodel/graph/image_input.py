"""How stored images become one input of a graph (spec/graph.md, "Image inputs")."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from math import isfinite
from typing import Any

import numpy as np

from qmodel.dtypes import Array
from qmodel.errors import InvalidInputError


class ImageLayout(Enum):
    """The order of an input's axes, made from images of shape (N, height, width[, channels])."""

    NCHW = "nchw"
    NHWC = "nhwc"
    NHW = "nhw"
    FLAT = "flat"


@dataclass(frozen=True, slots=True)
class ImageInput:
    """value = (pixel · scale − mean[c]) / std[c] in float32, then the axes in the layout's order.

    Attributes:
        input: name of the graph input.
        layout: order of its axes.
        scale: factor of every pixel, as 1/255 for bytes that stand for 0 to 1.
        mean: one for each channel, or one for all; empty: 0.
        std: like mean, none 0; empty: 1.

    Raises:
        InvalidInputError: a number is not finite, or scale or a std is 0.
    """

    input: str
    layout: ImageLayout
    scale: float = 1.0
    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        divisors = [float(np.float32(number)) for number in (self.scale, *self.std)]
        numbers = [*divisors, *(float(np.float32(number)) for number in self.mean)]
        if not all(isfinite(number) for number in numbers) or 0.0 in divisors:
            raise InvalidInputError(
                f"image input {self.input!r}: scale, mean and std must be finite, scale and std not 0"
            )

    def prepare(self, images: Array) -> np.ndarray[Any, np.dtype[np.float32]]:
        """Turn images of shape (N, height, width) or (N, height, width, channels), any real dtype, into the input.

        Returns:
            float32, C-contiguous, shape by the layout.

        Raises:
            InvalidInputError: the images have another rank, or more channels than the layout or mean or std allow.
        """
        if images.ndim not in (3, 4):
            raise InvalidInputError(f"images must have shape (N, height, width[, channels]), not {images.shape}")
        pixels = images if images.ndim == 4 else images[..., np.newaxis]
        channels = pixels.shape[-1]
        values = pixels.astype(np.float32) * np.float32(self.scale)
        if self.mean:
            values -= self._per_channel("mean", self.mean, channels)
        if self.std:
            values /= self._per_channel("std", self.std, channels)
        return self._arrange(values)

    def _per_channel(self, what: str, numbers: tuple[float, ...], channels: int) -> Array:
        if len(numbers) not in (1, channels):
            raise InvalidInputError(
                f"image input {self.input!r}: {what} has {len(numbers)} entries, images {channels} channels"
            )
        return np.asarray(numbers, dtype=np.float32)

    def _arrange(self, values: Array) -> Array:
        count, height, width, channels = values.shape
        if self.layout is ImageLayout.NCHW:
            return np.ascontiguousarray(values.transpose(0, 3, 1, 2))
        if self.layout is ImageLayout.FLAT:
            return values.reshape(count, height * width * channels)
        if self.layout is ImageLayout.NHW:
            if channels != 1:
                raise InvalidInputError(
                    f"image input {self.input!r}: layout nhw takes 1 channel, images have {channels}"
                )
            return values.reshape(count, height, width)
        return values


def layout_of(shape: tuple[int | str | None, ...] | None, /) -> ImageLayout:
    """The layout of images in an input of a shape: by its rank, and by where its 1 or 3 channels are.

    Raises:
        InvalidInputError: the shape does not tell.
    """
    rank = None if shape is None else len(shape)
    if rank == 2:
        return ImageLayout.FLAT
    if rank == 3:
        return ImageLayout.NHW
    if shape is not None and rank == 4:
        first, last = shape[1] in (1, 3), shape[3] in (1, 3)
        if first != last:
            return ImageLayout.NCHW if first else ImageLayout.NHWC
    names = ", ".join(layout.value for layout in ImageLayout)
    raise InvalidInputError(f"an input of shape {shape} does not tell where its channels are; name the layout: {names}")
