"""Compiled twin of `qmodel.kernels.lzo`."""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.kernels.compiled.jit import jit
from qmodel.kernels.lzo import (
    BAD_END,
    END_CODE,
    FARTHEST,
    FINE,
    HASH_BITS,
    HASH_FACTOR,
    LEFT_OVER,
    STEP_BITS,
    TOO_FAR,
    TOO_LONG,
    TOO_SHORT,
    TRUNCATED,
)


@jit
def decompress_into(data: Array, out: Array) -> int:
    """As `qmodel.kernels.lzo.decompress_into`."""
    position = end = literals = problem = 0
    if data.size and data[0] > 17:
        position, literals = 1, data[0] - 17
        problem = _copy_literals(data, position, out, end, literals)
        position += literals
        end += literals
    while not problem:
        if position >= data.size:
            return TRUNCATED
        code: int = data[position]
        if code < 16 and literals == 0:
            literals, position = _length(data, position + 1, code, 15)
            literals += 3
        else:
            length, distance, following, position = _match(data, position, min(literals, 4))
            if position > data.size:
                return TRUNCATED
            if 16 <= code < 32 and distance == 16384:
                is_marker = code == END_CODE and following == 0
                return _ending(is_marker, position == data.size, end == out.size)
            problem = _repeat(out, end, distance, length)
            end += length
            literals = following
        if not problem:
            problem = _copy_literals(data, position, out, end, literals)
        position += literals
        end += literals
    return problem


@jit
def _copy_literals(data: Array, position: int, out: Array, end: int, count: int) -> int:
    if position + count > data.size:
        return TRUNCATED
    if end + count > out.size:
        return TOO_LONG
    for i in range(count):
        out[end + i] = data[position + i]
    return FINE


@jit
def _repeat(out: Array, end: int, distance: int, count: int) -> int:
    if distance > end:
        return TOO_FAR
    if end + count > out.size:
        return TOO_LONG
    for i in range(end, end + count):
        out[i] = out[i - distance]
    return FINE


@jit
def _match(data: Array, position: int, literals: int) -> tuple[int, int, int, int]:
    """As `qmodel.kernels.lzo._match`."""
    code: int = data[position]
    if 16 <= code < 64:
        mask = 7 if code < 32 else 31
        length, position = _length(data, position + 1, code & mask, mask)
        if position + 2 > data.size:
            return 0, 0, 0, data.size + 1
        tail: int = data[position] | data[position + 1] << 8
        distance = 16384 + ((code & 8) << 11) + (tail >> 2) if code < 32 else (tail >> 2) + 1
        return length + 2, distance, tail & 3, position + 2
    high: int = data[position + 1] if position + 1 < data.size else 0
    if code < 16:
        length = 3 if literals == 4 else 2
        distance = 2049 if literals == 4 else 1
        return length, (high << 2) + (code >> 2) + distance, code & 3, position + 2
    return (code >> 5) + 1, (high << 3) + (code >> 2 & 7) + 1, code & 3, position + 2


@jit
def _length(data: Array, position: int, field: int, most: int) -> tuple[int, int]:
    """As `qmodel.kernels.lzo._length`."""
    if field:
        return field, position
    end = position
    while end < data.size and data[end] == 0:
        end += 1
    if end >= data.size:
        return most, data.size + 1
    return most + 255 * (end - position) + data[end], end + 1


@jit
def _ending(is_marker: bool, is_last: bool, is_full: bool) -> int:
    if not is_marker:
        return BAD_END
    if not is_last:
        return LEFT_OVER
    return FINE if is_full else TOO_SHORT


@jit
def compress_into(data: Array, out: Array) -> int:
    """As `qmodel.kernels.lzo.compress_into`."""
    latest = np.full(1 << HASH_BITS, -1, np.int64)
    anchor = position = used = 0
    while position + 4 <= data.size:
        sequence = _four_bytes(data, position)
        slot = (sequence * HASH_FACTOR & 0xFFFFFFFF) >> (32 - HASH_BITS)
        candidate = latest[slot]
        latest[slot] = position
        distance = position - candidate
        if candidate < 0 or distance > FARTHEST or _four_bytes(data, candidate) != sequence:
            position += 1 + ((position - anchor) >> STEP_BITS)
            continue
        end = position + 4
        while end < data.size and data[end - distance] == data[end]:
            end += 1
        used = _append_literals(out, used, data[anchor:position])
        used = _append_match(out, used, distance, end - position)
        anchor = position = end
    used = _append_literals(out, used, data[anchor:])
    out[used], out[used + 1], out[used + 2] = END_CODE, 0, 0
    return used + 3


@jit
def _four_bytes(data: Array, position: int) -> int:
    low: int = data[position] | data[position + 1] << 8
    high: int = data[position + 2] | data[position + 3] << 8
    return low | high << 16


@jit
def _append_literals(out: Array, used: int, literals: Array) -> int:
    """As `qmodel.kernels.lzo._append_literals`; gives the number of bytes then used."""
    count = literals.size
    if count == 0:
        return used
    if used == 0 and count <= 238:
        out[0] = 17 + count
        used = 1
    elif used and count <= 3:
        out[used - 2] |= np.uint8(count)
    elif count <= 18:
        out[used] = count - 3
        used += 1
    else:
        out[used] = 0
        used = _append_length(out, used + 1, count - 18)
    for i in range(count):
        out[used + i] = literals[i]
    return used + count


@jit
def _append_match(out: Array, used: int, distance: int, length: int) -> int:
    """As `qmodel.kernels.lzo._append_match`; gives the number of bytes then used."""
    if length <= 8 and distance <= 2048:
        out[used] = (length - 1) << 5 | (distance - 1 & 7) << 2
        out[used + 1] = (distance - 1) >> 3
        return used + 2
    if distance <= 16384:
        code, most, away = 0x20, 33, distance - 1
    else:
        away = distance - 16384
        code, most = 0x10 | away >> 14 << 3, 9
    if length <= most:
        out[used] = code | length - 2
        used += 1
    else:
        out[used] = code
        used = _append_length(out, used + 1, length - most)
    out[used] = (away & 0x3F) << 2
    out[used + 1] = away >> 6 & 0xFF
    return used + 2


@jit
def _append_length(out: Array, used: int, rest: int) -> int:
    zeros = (rest - 1) // 255
    out[used : used + zeros] = 0
    out[used + zeros] = rest - 255 * zeros
    return used + zeros + 1
