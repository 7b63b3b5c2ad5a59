"""What images have to look like to become the input of a network."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import isqrt

from qmodel.errors import InvalidInputError
from qmodel.graph import ImageLayout, layout_of
from qmodel.quality.network_input import NetworkInput


@dataclass(frozen=True, slots=True)
class ImageShape:
    """Size and channels; None for what the network leaves open.

    Attributes:
        height: in pixels.
        width: in pixels.
        channels: 1 for grey, 3 for red, green and blue.
        has_channel_axis: whether images of one channel have an axis for it.
        crop_fraction: how much of the height and width of an image that just covers the size is kept, at its centre.
    """

    height: int | None
    width: int | None
    channels: int | None
    has_channel_axis: bool = False
    crop_fraction: float = 1.0

    @classmethod
    def of(cls, network_input: NetworkInput) -> ImageShape:
        """What an input takes, by its layout and shape.

        A flat input is taken for a square image, of one channel where that is possible, else of three.

        Raises:
            InvalidInputError: nothing says how images become the input, or images have other channels than 1 or 3.
        """
        value, image_input = network_input.value, network_input.image_input
        if image_input is None and value.element_type.name != "u8":
            raise InvalidInputError(
                f"the graph does not say how images become its input {value.name!r}, {value.element_type} of shape "
                f"{value.shape}: store that with 'qmodel compress --pixel-scale'"
            )
        layout = image_input.layout if image_input else layout_of(value.shape)
        lengths = [length if isinstance(length, int) else None for length in value.shape or ()]
        if layout is ImageLayout.FLAT:
            return cls._of_flat(lengths[1] if len(lengths) == 2 else None)
        ranks = {ImageLayout.NHW: 3, ImageLayout.NCHW: 4, ImageLayout.NHWC: 4}
        if len(lengths) != ranks[layout]:
            lengths = [None] * ranks[layout]
        if layout is ImageLayout.NHW:
            return cls(lengths[1], lengths[2], 1)
        channels, height, width = lengths[1:] if layout is ImageLayout.NCHW else (lengths[3], *lengths[1:3])
        if channels not in (None, 1, 3):
            raise InvalidInputError(f"input {value.name!r} takes {channels} channels, image files have 1 or 3")
        return cls(height, width, channels, has_channel_axis=image_input is None)

    def cropped(self, fraction: float, /) -> ImageShape:
        """The same with another crop fraction.

        Raises:
            InvalidInputError: it is not above 0 and at most 1, or the size is open, so that there is nothing to cover.
        """
        if not 0 < fraction <= 1:
            raise InvalidInputError(f"a crop fraction is above 0 and at most 1, not {fraction}")
        if self.height is None or self.width is None:
            raise InvalidInputError("a crop fraction is of images scaled to the network's size, which it leaves open")
        return replace(self, crop_fraction=fraction)

    @classmethod
    def _of_flat(cls, length: int | None) -> ImageShape:
        for channels in (1, 3):
            if length and length % channels == 0 and isqrt(length // channels) ** 2 == length // channels:
                return cls(isqrt(length // channels), isqrt(length // channels), channels)
        return cls(None, None, None)
