"""Floats of 4, 6 and 8 bits: all that is done with them is a look-up in a table made from their definition.

Widening looks up each byte. Rounding first brings a value to 16 bits, the upper half of its binary32 rounded to odd,
and looks those up.
"""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array, ElementType
from qmodel.errors import InvalidInputError
from qmodel.kernels.dispatch import compiled
from qmodel.kernels.float_residuals import FloatSpacing
from qmodel.kernels.minifloat_tables import LAYOUTS, rounded_range, rounding_table, widening_table
from qmodel.kernels.round_to_odd import f32_to_odd_upper_half, f64_to_odd_f32
from qmodel.kernels.slices import slices


def is_minifloat(element_type: ElementType, /) -> bool:
    """Whether it is one of the floats of 4, 6 and 8 bits."""
    return element_type in LAYOUTS


def largest_minifloat(element_type: ElementType, /) -> float:
    """The largest finite number of a type."""
    return float(LAYOUTS[element_type].magnitudes()[-1])


def spacing_of(element_type: ElementType, /) -> FloatSpacing | None:
    """Which numbers a type with a sign has; None for other types."""
    layout = LAYOUTS.get(element_type)
    if layout is None or not layout.is_signed:
        return None
    magnitudes = layout.magnitudes()
    return FloatSpacing(layout.fraction_bits, float(magnitudes[1]), float(magnitudes[-1]))


def minifloat_to_f32(bits: Array, element_type: ElementType, /) -> Array:
    """Widen, exactly; NaNs keep their sign, and those of f8e5m2 their payload.

    Args:
        bits: uint8, any shape: the bits of the numbers; those above the type's do not count.
        element_type: a float of 4, 6 or 8 bits.

    Returns:
        float32 of the shape of `bits`.

    Raises:
        InvalidInputError: the array is not uint8.
    """
    if bits.dtype != np.uint8:
        raise InvalidInputError(f"expected an array of uint8, got {bits.dtype}")
    source = np.ascontiguousarray(bits).reshape(-1)
    target = np.empty(source.size, np.float32)
    fill = module.widen if (module := compiled("minifloat", source.size)) else widen
    fill(source, widening_table(element_type), target)
    return target.reshape(bits.shape)


def float_to_minifloat(values: Array, element_type: ElementType, /, *, saturate: bool) -> Array:
    """Round once, to nearest, ties to even; halfway between two powers of two (e8m0) to the larger.

    Args:
        values: float32 or float64, any shape.
        element_type: a float of 4, 6 or 8 bits.
        saturate: whether a number out of range, or an infinity, becomes the finite number of its sign that is nearest
            to it, and 0 the smallest number of e8m0; otherwise what the type does not hold is refused. NaN in a type
            without, and a negative number in e8m0, are refused always.

    Returns:
        uint8 of the shape of `values`: the bits of the numbers, with zeros above.

    Raises:
        InvalidInputError: the array is not float32 or float64, or it has a value that is refused.
    """
    if values.dtype not in (np.float32, np.float64):
        raise InvalidInputError(f"expected an array of float32 or float64, got {values.dtype}")
    source = np.ascontiguousarray(values).reshape(-1)
    target = np.empty(source.size, np.uint8)
    if source.size:
        _refuse_unrepresentable(source, element_type, saturate)
    table = rounding_table(element_type, saturate=saturate)
    module = compiled("minifloat", source.size)
    if source.dtype == np.float32:
        (module.round_f32 if module else round_f32)(source.view(np.uint32), table, target)
    else:
        (module.round_f64 if module else round_f64)(source, table, target)
    return target.reshape(values.shape)


def widen(source: Array, table: Array, target: Array, /) -> None:
    """Fill `target`, float32, from `source`, uint8, by a table of 256: the reference."""
    for piece in slices(source.size):  # no index can be out of bounds; "clip" spares NumPy a copy of the output
        np.take(table, source[piece], out=target[piece], mode="clip")


def round_f32(source: Array, table: Array, target: Array, /) -> None:
    """Fill `target`, uint8, from `source`, uint32 bits of float32, by a table of 2^16: the reference."""
    for piece in slices(source.size):
        np.take(table, f32_to_odd_upper_half(source[piece]), out=target[piece], mode="clip")


def round_f64(source: Array, table: Array, target: Array, /) -> None:
    """Fill `target`, uint8, from `source`, float64, by a table of 2^16: the reference."""
    for piece in slices(source.size):
        upper = f32_to_odd_upper_half(f64_to_odd_f32(source[piece]))
        np.take(table, upper, out=target[piece], mode="clip")


def _refuse_unrepresentable(values: Array, element_type: ElementType, saturate: bool) -> None:
    layout = LAYOUTS[element_type]
    low, high = values.min(), values.max()
    if np.isnan(low):
        if layout.nan is None:
            raise InvalidInputError(f"NaN cannot be stored as {element_type}")
        low, high = np.fmin.reduce(values), np.fmax.reduce(values)
    if low < 0 and not layout.is_signed:
        raise InvalidInputError(f"{low} cannot be stored as {element_type}, which has no negative numbers")
    if saturate:
        return
    if np.isinf(low) or np.isinf(high):
        if layout.infinity is None:
            raise InvalidInputError(f"infinity cannot be stored as {element_type}")
        finite = values[np.isfinite(values)]
        low, high = finite.min(initial=0), finite.max(initial=0)
    smallest, largest = rounded_range(element_type)
    if max(-float(low), float(high)) > largest:
        end = f"{largest_minifloat(element_type):g}"
        raise InvalidInputError(f"a value is too large for {element_type}, which ends at {end}")
    if not layout.is_signed and low < smallest:
        raise InvalidInputError(f"{low} is too small for {element_type}, which begins at 2^-127")
