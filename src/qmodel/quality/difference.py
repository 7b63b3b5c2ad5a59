"""What differs between a tensor of one model and the tensor of the same name in another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qmodel.dtypes import Array
from qmodel.encodings.convert import widen
from qmodel.quality.error import ErrorSums
from qmodel.typed_array import TypedArray


@dataclass(frozen=True, slots=True)
class ValueDifference:
    """How the values of two tensors compare.

    Attributes:
        same: whether they are equal: to the bit where the element types are equal, else as numbers.
        errors: of the second against the first; None where the shapes differ.
    """

    same: bool
    errors: ErrorSums | None


def value_difference(before: TypedArray, after: TypedArray, /) -> ValueDifference:
    """Compare two tensors; temporaries take no more memory than the tensors."""
    if before.shape != after.shape:
        return ValueDifference(same=False, errors=None)
    first, second = _numbers(before), _numbers(after)
    if before.element_type == after.element_type:
        same = _same_bits(before.storage, after.storage)
    else:
        same = np.array_equal(first, second, equal_nan=_are_floats(before, after))
    return ValueDifference(same, ErrorSums().add(first, second))


def _are_floats(*arrays: TypedArray) -> bool:
    return all(array.element_type.is_float for array in arrays)


def _numbers(array: TypedArray) -> Array:
    return widen(array) if array.element_type.is_float else array.storage


def _same_bits(first: Array, second: Array) -> bool:
    unsigned = np.dtype(f"u{first.dtype.itemsize}")
    return np.array_equal(first.reshape(-1).view(unsigned), second.reshape(-1).view(unsigned))
