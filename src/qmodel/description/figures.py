"""How numbers look in tables and on pages."""

from __future__ import annotations

import math

UNKNOWN = "–"


def count(number: int, /) -> str:
    """1,234,567."""
    return f"{number:,}"


def bytes_of(number: int, /) -> str:
    """In the unit that leaves one to three digits before the point: 122.9 kB."""
    size = float(number)
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if size < 999.95 or unit == "TB":
            return f"{size:,.0f} B" if unit == "B" else f"{size:,.1f} {unit}"
        size /= 1000
    raise AssertionError("the last unit takes every size")


def ratio(before: int, after: int, /) -> str:
    """How many times smaller: 3.76×."""
    return f"{before / after:.2f}×" if after else UNKNOWN


def percent(fraction: float, /) -> str:
    """99.3, without the sign: the column has it."""
    return f"{100 * fraction:.1f}"


def relative_error(value: float | None, /) -> str:
    """Three digits, 0 for none at all."""
    if value is None:
        return UNKNOWN
    return _not_finite(value) or ("0" if value == 0 else f"{value:.2e}")


def decibels(value: float | None, /) -> str:
    """44.5; ∞ without error."""
    if value is None:
        return UNKNOWN
    return _not_finite(value) or f"{value:.1f}"


def decimals(value: float, digits: int, /) -> str:
    """With a fixed number of digits after the point."""
    return _not_finite(value) or f"{value:.{digits}f}"


def dimensions(shape: tuple[int | str | None, ...] | list[int | str | None] | None, /) -> str:
    """96×64×3×3; ? for an unknown length, "scalar" for no axes."""
    if shape is None:
        return "?"
    return "×".join("?" if length is None else str(length) for length in shape) or "scalar"


def plural(number: int, noun: str, /) -> str:
    """1 tensor, 2 tensors."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def _not_finite(value: float) -> str:
    if math.isnan(value):
        return UNKNOWN
    return ("∞" if value > 0 else "-∞") if math.isinf(value) else ""
