"""Conversion of values from one element type to another (spec/types.md, "Conversion")."""

from __future__ import annotations

import numpy as np

from qmodel import dtypes
from qmodel.dtypes import Array, ElementType
from qmodel.errors import InvalidInputError
from qmodel.kernels.bf16 import bf16_to_f32, f32_to_bf16, f64_to_bf16
from qmodel.kernels.minifloat import float_to_minifloat, is_minifloat, largest_minifloat, minifloat_to_f32
from qmodel.typed_array import TypedArray

_IN_NUMPY = (dtypes.F64, dtypes.F32, dtypes.F16)


def convertible(source: ElementType, target: ElementType, /) -> bool:
    """Whether a file may store `source` where a tensor declares `target`.

    Floats may stand for f64, f32, f16 and bf16; integers for integer types that hold all their values.
    """
    if source == target:
        return True
    if source.is_float and target.is_float:
        return target in (*_IN_NUMPY, dtypes.BF16)
    return (
        source.is_integer
        and target.is_integer
        and target.minimum <= source.minimum
        and source.maximum <= target.maximum
    )


def convert(array: TypedArray, target: ElementType, /, *, saturate: bool = False) -> TypedArray:
    """The same values in another element type; the array itself when it has the type already.

    Floats are rounded once, to nearest, ties to even; NaN stays NaN. Overflow gives infinity in types of 16 bits and
    more; what a float of 8 bits or fewer does not hold is refused.

    Args:
        array: numbers of any type.
        target: what to convert to; more than `convertible` allows, since writers may round to any float.
        saturate: whether floats of 8 bits or fewer take the nearest finite number instead of refusing.

    Raises:
        InvalidInputError: a value does not fit, or the kinds differ.
    """
    source = array.element_type
    if source == target:
        return array
    if source.is_float and target.is_float:
        return TypedArray(target, _convert_float(array.storage, source, target, saturate))
    if source.is_integer and target.is_integer:
        return TypedArray(target, _convert_integer(array.storage, source, target))
    raise InvalidInputError(f"{source} values cannot be stored as {target}")


def widen(array: TypedArray, /) -> Array:
    """The values of a float type as NumPy floats: float64 stays, all others become float32."""
    return convert(array, dtypes.F64 if array.element_type == dtypes.F64 else dtypes.F32).storage


def largest_finite(element_type: ElementType, /) -> float:
    """The largest finite number of a float type."""
    if is_minifloat(element_type):
        return largest_minifloat(element_type)
    if element_type == dtypes.BF16:
        return float(bf16_to_f32(np.array([0x7F7F], np.uint16))[0])
    return float(np.finfo(element_type.storage).max)


def _convert_integer(values: Array, source: ElementType, target: ElementType) -> Array:
    if values.size and not (target.minimum <= int(values.min()) and int(values.max()) <= target.maximum):
        raise InvalidInputError(
            f"{source} values from {values.min()} to {values.max()} do not fit {target}, "
            f"which holds {target.minimum} to {target.maximum}"
        )
    return values.astype(target.storage)


def _convert_float(values: Array, source: ElementType, target: ElementType, saturate: bool) -> Array:
    if is_minifloat(source):
        values = minifloat_to_f32(values, source)
    elif source == dtypes.BF16:
        values = bf16_to_f32(values)
    if target in _IN_NUMPY:
        with np.errstate(over="ignore", invalid="ignore", under="ignore"):
            return values.astype(target.storage, copy=False)
    if source != dtypes.F64:
        values = values.astype(np.float32, copy=False)
    if is_minifloat(target):
        return float_to_minifloat(values, target, saturate=saturate)
    return f64_to_bf16(values) if source == dtypes.F64 else f32_to_bf16(values)
