"""Other forms of the same floats, bit by bit the same, that take less space: what they were before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from qmodel import dtypes
from qmodel.dtypes import Array, ElementType, bits_of, signed_for, unsigned
from qmodel.encodings.affine_blocks import block_shape_of
from qmodel.encodings.convert import convert
from qmodel.encodings.node import Shape
from qmodel.kernels.common_scale import float16_times_scale, integers_times_scale
from qmodel.kernels.slices import slices
from qmodel.typed_array import TypedArray

# In this order: of two types of equal width the one with fewer bits of mantissa compresses better.
_NARROWER = {dtypes.F64: (dtypes.BF16, dtypes.F16, dtypes.F32), dtypes.F32: (dtypes.BF16, dtypes.F16)}
_QUICK_ELEMENTS = 4096
# Most entries of a palette, by bytes of an element: with more, indices are hardly shorter than the floats taken apart.
MAX_PALETTE = {1: 16, 2: 1024, 4: 4096, 8: 4096}
_PALETTE_SAMPLE = 1 << 14
_LEAST_REPEATS = 4
_QUICK_ROWS = 4
_SHORTEST_ROW = 8


@dataclass(frozen=True, slots=True)
class Palette:
    """Few distinct numbers.

    Attributes:
        entries: the numbers, ascending, of shape (entries,).
        indices: which of them each element is; 1-D.
    """

    entries: TypedArray
    indices: TypedArray


@dataclass(frozen=True, slots=True)
class ScaledCodes:
    """Codes of which each, times the float32 scale of its block, is exactly an element.

    Attributes:
        codes: f16, or integers of at most 11 bits, of the shape of the array.
        scale: f32, one for each block.
        block_shape: length of a block along each axis.
    """

    codes: TypedArray
    scale: TypedArray
    block_shape: Shape


def narrowed(array: TypedArray, /) -> TypedArray:
    """The same floats in the narrowest type that holds each of them exactly; NaNs never change their type."""
    for target in _NARROWER.get(array.element_type, ()):
        start = TypedArray(array.element_type, array.storage.reshape(-1)[:_QUICK_ELEMENTS])
        if _survives(start, target) and _survives(array, target):
            return convert(array, target)
    return array


def palette(array: TypedArray, /) -> Palette | None:
    """The floats as indices of a palette of their distinct values, sorted; None: there are too many."""
    bits = bits_of(array.storage).reshape(-1)
    most = min(MAX_PALETTE[bits.itemsize], bits.size // _LEAST_REPEATS)
    if not most or len(np.unique(bits[:: -(-bits.size // _PALETTE_SAMPLE)])) > most:
        return None
    places = np.empty(0, bits.dtype)
    for piece in slices(bits.size):
        places = np.union1d(places, _in_order(bits[piece]))
        if len(places) > most:
            return None
    index_type = unsigned(max(1, (len(places) - 1).bit_length()))
    indices = np.empty(bits.size, index_type.storage)
    for piece in slices(bits.size):
        indices[piece] = np.searchsorted(places, _in_order(bits[piece]))
    entries = _in_order(places, back=True).view(array.storage.dtype)
    return Palette(TypedArray(array.element_type, entries), TypedArray(index_type, indices))


def scaled_codes(array: TypedArray, /) -> ScaledCodes | None:
    """Narrow codes and a scale for each index of an axis whose products are the floats; None: none were found."""
    values = array.storage
    if array.element_type != dtypes.F32 or values.ndim < 2:
        return None
    for axis in _axes(values.shape):
        rows = np.moveaxis(values, axis, 0).reshape(values.shape[axis], -1)
        if rows.shape[1] < _SHORTEST_ROW or not float16_times_scale(rows[:: -(-len(rows) // _QUICK_ROWS)]):
            continue
        if found := float16_times_scale(rows):
            codes, scales = integers_times_scale(*found) or found
            moved = (values.shape[axis], *np.delete(values.shape, axis))
            code_array = np.ascontiguousarray(np.moveaxis(codes.reshape(moved), 0, axis))
            return ScaledCodes(
                TypedArray(_code_type(codes), code_array),
                TypedArray(dtypes.F32, scales.reshape([-1 if n == axis else 1 for n in range(values.ndim)])),
                block_shape_of(values.shape, axis, None),
            )
    return None


def _survives(array: TypedArray, target: ElementType) -> bool:
    values = array.storage
    if np.isnan(values).any():
        return False
    back = convert(convert(array, target), array.element_type)
    return np.array_equal(bits_of(back.storage), bits_of(values))


def _in_order(bits: Array, *, back: bool = False) -> Array:
    """The bits of floats as unsigned integers in the order of the floats, or those back as bits."""
    sign = bits.dtype.type(1 << (bits.itemsize * 8 - 1))
    negative = (bits & sign) == 0 if back else (bits & sign) != 0
    return np.where(negative, ~bits, bits ^ sign)


def _axes(shape: Shape) -> Iterator[int]:
    """Axes that may count channels: outputs come first, or last, or second where a convolution is transposed."""
    candidates = dict.fromkeys((0, len(shape) - 1, 1))
    return (axis for axis in candidates if shape[axis] > 1)


def _code_type(codes: Array) -> ElementType:
    if codes.dtype == np.float16:
        return dtypes.F16
    return signed_for(codes)
