"""Reads image files as networks want them.

An image is turned upright as its EXIF data says. What is transparent is laid on white. Grey becomes red, green and blue
by repetition; colours become grey as ITU-R BT.601 weighs them. Samples of 16 bits are divided by 257. Then the image is
scaled in proportion until it just covers the size wanted, bilinearly, with every pixel counting where it gets smaller,
and what stands out is cut off evenly on two sides. With a crop fraction f it covers 1/f of that size, and more is cut
off, evenly on all sides: of square images, what evaluations on ImageNet do, as 0.875 for 224 of 256 pixels.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from qmodel.datasets.image_shape import ImageShape
from qmodel.dtypes import Array
from qmodel.errors import InvalidInputError, UnsupportedError

if TYPE_CHECKING:
    from PIL.Image import Image

_MODES = {1: "L", 3: "RGB"}
_GREY = ("1", "L", "LA", "La", "I", "I;16", "I;16L", "I;16B", "I;16N")
_WITH_ALPHA = ("LA", "La", "PA", "RGBA", "RGBa")


def read_image(path: Path, wanted: ImageShape, /) -> Array:
    """One image.

    Args:
        path: of the file, in any format that Pillow reads; of several pictures in it the first is taken.
        wanted: size and channels; where these are open, those of the file.

    Returns:
        uint8 of shape (height, width) for one channel, unless an axis is wanted for it, or (height, width, 3).

    Raises:
        UnsupportedError: Pillow is not installed.
        InvalidInputError: the file cannot be read as an image; the message names it.
    """
    try:
        from PIL import Image, ImageOps
    except ImportError:
        raise UnsupportedError(
            "reading image files needs Pillow, which is not installed: pip install 'qmodel-format[images]'"
        ) from None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            warnings.simplefilter("ignore", UserWarning)
            with Image.open(path) as file:
                upright = ImageOps.exif_transpose(file)
                channels = wanted.channels or (1 if file.mode in _GREY else 3)
                image = _fitted(_converted(upright, _MODES[channels]), wanted)
    except Exception as error:  # decoders raise whatever they stumble over
        raise InvalidInputError(f"{path}: not a readable image: {error}") from error
    pixels = np.array(image, dtype=np.uint8)
    return pixels[..., np.newaxis] if wanted.has_channel_axis and channels == 1 else pixels


def _converted(image: Image, mode: str) -> Image:
    import PIL.Image

    if image.mode == "F":
        raise InvalidInputError("floating-point images have no white and black")
    if image.mode.startswith("I"):
        image = PIL.Image.fromarray((np.asarray(image).clip(0, 65535) / 257).round().astype(np.uint8))
    if image.mode in _WITH_ALPHA or "transparency" in image.info:
        layered = image.convert("RGBA")
        image = PIL.Image.alpha_composite(PIL.Image.new("RGBA", layered.size, "white"), layered)
    return image if image.mode == mode else image.convert(mode)


def _fitted(image: Image, wanted: ImageShape) -> Image:
    from PIL.Image import Resampling

    width, height = wanted.width or image.width, wanted.height or image.height
    if (width, height) == image.size and wanted.crop_fraction == 1:
        return image
    # Cut first, so that no image gets huge.
    scale = min(image.width / width, image.height / height) * wanted.crop_fraction
    left, top = (image.width - width * scale) / 2, (image.height - height * scale) / 2
    box = (max(left, 0.0), max(top, 0.0), image.width - max(left, 0.0), image.height - max(top, 0.0))
    return image.resize((width, height), Resampling.BILINEAR, box)
