"""Words on charts: names that fit, and powers of ten without mark-up."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from qmodel.description.safe_text import printable

if TYPE_CHECKING:
    from matplotlib.axis import Axis

_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def fitting(name: str, length: int, /) -> str:
    """A name of at most `length` characters, its middle left out where it is longer."""
    text = printable(name)
    if len(text) <= length:
        return text
    end = (length - 1) // 2
    return f"{text[: length - 1 - end]}…{text[-end:]}"


def power_of_ten(value: float, _position: object = None, /) -> str:
    """10⁻³ for 0.001; nothing for what is no power of ten."""
    exponent = math.log10(value) if value > 0 else math.nan
    if not math.isfinite(exponent) or abs(exponent - round(exponent)) > 1e-6:
        return ""
    return "10" + str(round(exponent)).translate(_SUPERSCRIPTS)


def label_powers(axis: Axis, /) -> None:
    """Write the ticks of a logarithmic axis as powers of ten."""
    from matplotlib.ticker import FuncFormatter, NullFormatter, NullLocator

    axis.set_major_formatter(FuncFormatter(power_of_ten))
    axis.set_minor_formatter(NullFormatter())
    axis.set_minor_locator(NullLocator())
