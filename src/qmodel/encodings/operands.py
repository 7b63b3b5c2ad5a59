"""Decoded values as operands of arithmetic in a float type (spec/encodings/README.md, "Operands")."""

from __future__ import annotations

from typing import Any

import numpy as np

from qmodel import dtypes
from qmodel.dtypes import Array, ElementType
from qmodel.encodings.convert import widen
from qmodel.errors import CorruptError
from qmodel.typed_array import TypedArray


def check_operand(what: str, element_type: ElementType, /) -> None:
    """Check that a type can be computed with: floats, and integers of at most 32 bits.

    Args:
        what: the operand, for the message.
        element_type: its result type.

    Raises:
        CorruptError: it is `bool` or an integer of 64 bits.
    """
    if not element_type.is_float and not (element_type.is_integer and element_type.bits <= 32):
        raise CorruptError(f"{what} is {element_type}, not floats or integers of at most 32 bits")


def arithmetic_type(*element_types: ElementType) -> ElementType:
    """The type that operands are computed in: f64 when one of them is f64, else f32."""
    return dtypes.F64 if dtypes.F64 in element_types else dtypes.F32


def as_operand(array: TypedArray, dtype: np.dtype[Any], /) -> Array:
    """Values rounded once to float32 or float64, of the same shape; may share the array's memory.

    Args:
        array: of a type that `check_operand` accepts.
        dtype: float32 or float64.
    """
    values = widen(array) if array.element_type.is_float else array.storage
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        return values.astype(dtype, copy=False)


def as_float(array: TypedArray, /) -> TypedArray:
    """An operand alone, in the type it would be computed in."""
    element_type = arithmetic_type(array.element_type)
    return TypedArray(element_type, as_operand(array, element_type.storage))
