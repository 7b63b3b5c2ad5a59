"""Samples as small pictures in the page itself."""

from __future__ import annotations

import base64
import io

import numpy as np

from qmodel.dtypes import Array
from qmodel.errors import UnsupportedError

_LARGEST_SIDE = 128
_CHANNELS = (1, 3, 4)
_MODES = {1: "L", 3: "RGB", 4: "RGBA"}


def picture(sample: Array, /) -> str | None:
    """A data URI of a PNG.

    Args:
        sample: an image of shape (height, width), (height, width, channels) or (channels, height, width), of 1, 3 or 4
            channels. Other numbers than uint8 are stretched, their smallest black and their largest white.

    Returns:
        None where the sample is no image.

    Raises:
        UnsupportedError: Pillow is not installed.
    """
    channels_last = _channels_last(sample)
    if channels_last is None:
        return None
    try:
        from PIL import Image
    except ImportError:
        raise UnsupportedError("reports need Pillow: pip install 'qmodel-format[report]'") from None
    pixels = _bytes_of(channels_last)
    mode = _MODES[pixels.shape[2]]
    image = Image.frombytes(mode, (pixels.shape[1], pixels.shape[0]), pixels.tobytes())
    image.thumbnail((_LARGEST_SIDE, _LARGEST_SIDE))
    written = io.BytesIO()
    image.save(written, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(written.getvalue()).decode("ascii")


def _channels_last(sample: Array) -> Array | None:
    if sample.dtype.kind not in "biuf" or not sample.size:
        return None
    if sample.ndim == 2:
        return sample[:, :, np.newaxis]
    if sample.ndim != 3:
        return None
    if sample.shape[2] in _CHANNELS:
        return sample
    return np.moveaxis(sample, 0, 2) if sample.shape[0] in _CHANNELS else None


def _bytes_of(values: Array) -> Array:
    if values.dtype == np.uint8:
        return values
    numbers = np.nan_to_num(values.astype(np.float64), posinf=0.0, neginf=0.0)
    low, high = float(numbers.min()), float(numbers.max())
    stretched = (numbers - low) * (255 / (high - low)) if high > low else np.zeros(numbers.shape)
    return np.asarray(np.rint(stretched), dtype=np.uint8)
