"""The options that say how images become a network's input."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from qmodel.errors import InvalidInputError

if TYPE_CHECKING:
    from qmodel.model import Model


def with_pixel_options(
    model: Model, /, *, scale: str | None, mean: str | None, std: str | None, layout: str | None
) -> Model:
    """The model with the image input that the options describe; as it is when there are none.

    Raises:
        InvalidInputError: an option is no number, or they do not fit the model.
    """
    if scale is None and mean is None and std is None and layout is None:
        return model
    from qmodel.api import with_image_input

    return with_image_input(
        model,
        scale=1.0 if scale is None else number_of("--pixel-scale", scale),
        mean=_numbers_of("--pixel-mean", mean),
        std=_numbers_of("--pixel-std", std),
        layout=layout,
    )


def crop_fraction_of(text: str | None, /) -> float | None:
    """The number that `--crop-fraction` gives; None without.

    Raises:
        InvalidInputError: it is none.
    """
    return None if text is None else number_of("--crop-fraction", text)


def number_of(option: str, text: str, /) -> float:
    """A number written as a decimal or as a fraction.

    Raises:
        InvalidInputError: it is neither.
    """
    try:
        return float(Fraction(text.strip()))
    except (ValueError, ZeroDivisionError, OverflowError):
        raise InvalidInputError(f"{option}: {text!r} is neither a number nor a fraction such as 1/255") from None


def _numbers_of(option: str, text: str | None) -> tuple[float, ...]:
    return () if text is None else tuple(number_of(option, part) for part in text.split(","))
