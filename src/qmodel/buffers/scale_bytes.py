"""Scales of rows or columns as bytes (spec/buffers/rans.md, "Scales"): Rice codes, all prefixes before all low bits.

So NumPy reads them without a loop: the ones of the prefixes are where the scales are.
"""

from __future__ import annotations

import numpy as np

from qmodel.buffers.varint import read_varint, varint
from qmodel.dtypes import Array
from qmodel.errors import CorruptError
from qmodel.kernels.bitpack import check_padding, pack, unpack

LARGEST_SCALE = 127
_RICE_WIDTH, _MAX_RICE_BITS = 3, 6


def scales_to_bytes(scales: Array, /) -> bytes:
    """The bytes of scales, int8 above -128, at least one."""
    numbers = np.where(scales > 0, 2 * scales.astype(np.int32) - 1, -2 * scales.astype(np.int32))
    low_bits = min(range(_MAX_RICE_BITS + 1), key=lambda low: int((numbers >> low).sum()) + low * numbers.size)
    ends = np.cumsum((numbers >> low_bits) + 1)
    prefixes = np.zeros(int(ends[-1]), np.uint8)
    prefixes[ends - 1] = 1
    head = varint(numbers.size << _RICE_WIDTH | low_bits) + np.packbits(prefixes, bitorder="little").tobytes()
    return head + (pack(numbers.astype(np.uint8), low_bits).tobytes() if low_bits else b"")


def scales_from_bytes(data: bytes, /) -> Array:
    """The scales of bytes, int8.

    Raises:
        CorruptError: the bytes are not scales.
    """
    head, start = read_varint(data, 0)
    count, low_bits = head >> _RICE_WIDTH, head & ((1 << _RICE_WIDTH) - 1)
    if low_bits > _MAX_RICE_BITS or not count or count > 8 * len(data):
        raise CorruptError(f"{len(data)} bytes of {count} scales with {low_bits} low bits")
    held = np.frombuffer(data, np.uint8)[start:]
    bits = np.unpackbits(held, bitorder="little")
    ones = np.flatnonzero(bits)
    if ones.size < count:
        raise CorruptError(f"bytes of {count} scales have {ones.size}")
    end = int(ones[count - 1]) // 8 + 1
    packed = held[end:]
    if bits[ones[count - 1] + 1 : 8 * end].any() or packed.size != (count * low_bits + 7) // 8:
        raise CorruptError(f"bytes of {count} scales are too many, too few, or not filled up with zeros")
    numbers = ones[:count].copy()
    numbers[1:] -= ones[: count - 1] + 1
    numbers <<= low_bits
    if low_bits:
        if not check_padding(packed, low_bits, count):
            raise CorruptError("unused bits behind scales are not zero")
        numbers |= unpack(packed, low_bits, count, out_dtype=np.uint8)
    if int(numbers.max()) > 2 * LARGEST_SCALE:
        raise CorruptError(f"scales of more than {LARGEST_SCALE}")
    return np.where(numbers & 1, (numbers + 1) >> 1, -(numbers >> 1)).astype(np.int8)
