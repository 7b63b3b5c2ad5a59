"""Fixed-width bits: element i occupies bits [i·bits, (i+1)·bits) of a little-endian stream of bits.

Bit k of the stream is bit k mod 8, least significant first, of byte k div 8. Unused high bits of the last byte are 0.
Eight elements fill exactly `bits` bytes, so everything but the widths NumPy already has goes by groups of eight.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from qmodel.dtypes import Array
from qmodel.errors import CorruptError, InvalidInputError
from qmodel.kernels.dispatch import compiled

_WIDTHS = (*range(1, 33), 64)
_VIEW_WIDTHS = (8, 16, 32, 64)
_WITHIN_BYTE_WIDTHS = (1, 2, 4)
_GROUP = 8
# Temporaries take up to 5 bytes for each byte of an element, so a slice of this many elements stays under 16 MiB.
_SLICE_ELEMENTS = 1 << 19
# So few are unpacked by sums of their bits.
_FEW_BYTES = 1 << 12


def pack(values: Array, bits: int, /) -> Array:
    """Pack integers, or the bits of floats, into fixed-width bits.

    Args:
        values: bool, integers, or floats of exactly `bits` bits; any shape, taken in row-major order. Integers are
            reduced to the low `bits` bits of their two's complement.
        bits: 1 to 32, or 64.

    Returns:
        uint8 of shape (ceil(values.size · bits / 8),). It shares the memory of `values` where no bit has to move.

    Raises:
        InvalidInputError: the width is not allowed, or the values cannot be packed to it.
    """
    _check_width(bits)
    flat = _as_unsigned(values, bits).reshape(-1)
    if bits in _VIEW_WIDTHS:
        return flat.astype(f"<u{bits // 8}", copy=False).view(np.uint8)
    if module := compiled("bitpack", flat.size):
        return np.asarray(module.pack_groups(flat, bits))
    return pack_groups(flat, bits)


def unpack(data: Array, bits: int, count: int, /, *, out_dtype: npt.DTypeLike) -> Array:
    """Unpack `count` elements of fixed width; unused high bits of the last byte are ignored.

    Args:
        data: uint8, one axis, exactly ceil(count · bits / 8) bytes.
        bits: 1 to 32, or 64.
        count: number of elements, not negative.
        out_dtype: bool (1 bit), an integer of at least `bits` bits (signed: the sign is extended), or a float of
            exactly `bits` bits.

    Returns:
        Array of shape (count,), native-endian. It shares the memory of `data` where no bit has to move.

    Raises:
        InvalidInputError: the width is not allowed, or `out_dtype` cannot hold it.
        CorruptError: `data` has another length.
    """
    dtype = _check_destination(bits, out_dtype)
    _check_length(data, bits, count)
    held = _held_dtype(bits)
    if bits in _VIEW_WIDTHS:
        unsigned = np.ascontiguousarray(data).view(held.newbyteorder("<")).astype(held, copy=False)
    elif module := compiled("bitpack", count):
        unsigned = np.asarray(module.unpack_groups(np.ascontiguousarray(data), bits, np.empty(count, held)))
    else:
        unsigned = unpack_groups(data, bits, np.empty(count, held))
    return as_numbers(unsigned, bits, dtype)


def check_padding(data: Array, bits: int, count: int, /) -> bool:
    """Whether the unused high bits of the last byte are zero.

    Raises:
        InvalidInputError: the width is not allowed.
        CorruptError: `data` has another length than ceil(count · bits / 8).
    """
    _check_width(bits)
    _check_length(data, bits, count)
    used = count * bits % 8
    return used == 0 or int(data[-1]) >> used == 0


def as_numbers(unsigned: Array, bits: int, dtype: np.dtype[Any], /) -> Array:
    """What codes of `bits` bits, zeros above them, stand for in a dtype; their memory may be changed and shared."""
    if dtype.kind in "bf":
        return unsigned.view(dtype)
    if dtype.kind == "i":
        held = unsigned.dtype
        if bits not in _VIEW_WIDTHS:
            sign_bit = held.type(1 << (bits - 1))
            unsigned ^= sign_bit
            unsigned -= sign_bit
        unsigned = unsigned.view(f"i{held.itemsize}")
    return unsigned.astype(dtype, copy=False)


def pack_groups(values: Array, bits: int, /) -> Array:
    """Pack unsigned integers of any width, whose higher bits are dropped, by groups of eight: the reference."""
    if bits == 1:
        return np.packbits(values & values.dtype.type(1), bitorder="little")
    packed = np.empty((values.size * bits + 7) // 8, np.uint8)
    for start in range(0, values.size, _SLICE_ELEMENTS):
        piece = values[start : start + _SLICE_ELEMENTS]
        packed_start = start * bits // 8
        packed_piece = packed[packed_start : packed_start + (piece.size * bits + 7) // 8]
        if bits in _WITHIN_BYTE_WIDTHS:
            packed_piece[:] = _pack_within_bytes(piece, bits)
        else:
            packed_piece[:] = _pack_across_bytes(piece, bits)[: packed_piece.size]
    return packed


def unpack_groups(data: Array, bits: int, out: Array, /) -> Array:
    """Unpack into `out`, unsigned integers of at least `bits` bits, by groups of eight: the reference."""
    for start in range(0, out.size, _SLICE_ELEMENTS):
        out_piece = out[start : start + _SLICE_ELEMENTS]
        data_start = start * bits // 8
        piece = data[data_start : data_start + (out_piece.size * bits + 7) // 8]
        if bits == 1:
            out_piece[:] = np.unpackbits(piece, count=out_piece.size, bitorder="little")
        elif bits in _WITHIN_BYTE_WIDTHS:
            _unpack_within_bytes(piece, bits, out_piece)
        else:
            out_piece[:] = _unpack_across_bytes(piece, bits, out.dtype)[: out_piece.size]
    return out


def _pack_within_bytes(values: Array, bits: int) -> Array:
    per_byte = 8 // bits
    codes = _padded(values.astype(np.uint8), per_byte) & np.uint8((1 << bits) - 1)
    packed = codes[0::per_byte].copy()
    for position in range(1, per_byte):
        packed |= codes[position::per_byte] << np.uint8(position * bits)
    return packed


def _unpack_within_bytes(data: Array, bits: int, out: Array) -> None:
    per_byte = 8 // bits
    for position in range(per_byte):
        column = out[position::per_byte]
        column[:] = (data[: column.size] >> np.uint8(position * bits)) & np.uint8((1 << bits) - 1)


def _pack_across_bytes(values: Array, bits: int) -> Array:
    held = _held_dtype(bits)
    codes = _padded(values.astype(held), _GROUP) & held.type((1 << bits) - 1)
    groups = codes.reshape(-1, _GROUP)
    packed = np.zeros((len(groups), bits), np.uint8)
    for element, byte, shift in _overlaps(bits):
        column = groups[:, element]
        moved = column << held.type(-shift) if shift < 0 else column >> held.type(shift)
        packed[:, byte] |= moved.astype(np.uint8)
    return packed.reshape(-1)


def _unpack_across_bytes(data: Array, bits: int, held: np.dtype[Any]) -> Array:
    if data.size <= _FEW_BYTES:
        return _sum_of_bits(data, bits, held)
    groups = _padded(data, bits).reshape(-1, bits)
    codes = np.zeros((len(groups), _GROUP), held)
    for element, byte, shift in _overlaps(bits):
        column = groups[:, byte].astype(held)
        codes[:, element] |= column >> held.type(-shift) if shift < 0 else column << held.type(shift)
    codes &= held.type((1 << bits) - 1)
    return codes.reshape(-1)


def _sum_of_bits(data: Array, bits: int, held: np.dtype[Any]) -> Array:
    """In the fewest calls, of which few elements feel each more than what it does."""
    count = data.size * 8 // bits
    digits = np.unpackbits(data, count=count * bits, bitorder="little").reshape(count, bits)
    codes: Array = digits.astype(held) @ (held.type(1) << np.arange(bits, dtype=held))
    return codes


def _overlaps(bits: int) -> list[tuple[int, int, int]]:
    """Each (element, byte, shift) of a group where the element's bits from `shift` on begin the byte."""
    return [
        (element, byte, 8 * byte - element * bits)
        for element in range(_GROUP)
        for byte in range(element * bits // 8, ((element + 1) * bits - 1) // 8 + 1)
    ]


def _padded(array: Array, multiple: int) -> Array:
    missing = -array.size % multiple
    return np.concatenate([array, np.zeros(missing, array.dtype)]) if missing else array


def _held_dtype(bits: int) -> np.dtype[Any]:
    held_bits = next(width for width in _VIEW_WIDTHS if width >= bits)
    return np.dtype(f"u{held_bits // 8}")


def _as_unsigned(values: Array, bits: int) -> Array:
    if values.dtype.kind == "f" and values.dtype.itemsize * 8 != bits:
        raise InvalidInputError(f"{values.dtype} values cannot be packed to {bits} bits: convert them first")
    if values.dtype.kind not in "buif":
        raise InvalidInputError(f"only bool, integers and floats can be packed, not {values.dtype}")
    native = np.asarray(values, dtype=values.dtype.newbyteorder("="), order="C")
    if bits > native.dtype.itemsize * 8:
        return native.astype(_held_dtype(bits))
    return native.view(f"u{native.dtype.itemsize}")


def _check_width(bits: int) -> None:
    if bits not in _WIDTHS:
        raise InvalidInputError(f"packed elements have 1 to 32 or 64 bits, not {bits}")


def _check_destination(bits: int, out_dtype: npt.DTypeLike) -> np.dtype[Any]:
    _check_width(bits)
    dtype = np.dtype(out_dtype).newbyteorder("=")
    fits = {
        "b": bits == 1,
        "f": bits == dtype.itemsize * 8,
        "i": bits <= dtype.itemsize * 8,
        "u": bits <= dtype.itemsize * 8,
    }
    if not fits.get(dtype.kind, False):
        raise InvalidInputError(f"elements of {bits} bits cannot be unpacked to {dtype}")
    return dtype


def _check_length(data: Array, bits: int, count: int) -> None:
    if data.dtype != np.uint8 or data.ndim != 1:
        raise InvalidInputError(f"packed data must be uint8 with one axis, not {data.dtype} of shape {data.shape}")
    if count < 0:
        raise InvalidInputError(f"the number of elements must not be negative: {count}")
    expected = (count * bits + 7) // 8
    if data.size != expected:
        raise CorruptError(f"{count} elements of {bits} bits take {expected} bytes, found {data.size}")
