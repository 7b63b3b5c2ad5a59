"""LZO1X: repeats of earlier bytes and literals, whole bytes throughout (the Linux kernel's documentation, lzo.rst).

The decoder checks every length and distance before it moves a byte: it reads nothing outside its input, writes nothing
outside its output, and does no more work than there are bytes in both.
"""

from __future__ import annotations

import numpy as np

from qmodel.dtypes import Array
from qmodel.errors import CorruptError
from qmodel.kernels.dispatch import compiled

HASH_BITS = 14
HASH_FACTOR = 2654435761
FARTHEST = 49151
# Where nothing repeats, steps grow by one byte for each so many bytes without a match.
STEP_BITS = 5
END_CODE = 0x11

# A byte takes some 64 times as long in Python as an element of an array in NumPy.
_WORK_OF_A_BYTE = 64

FINE, TRUNCATED, TOO_LONG, TOO_SHORT, TOO_FAR, BAD_END, LEFT_OVER = range(7)
_PROBLEMS = {
    TRUNCATED: "ends within an instruction",
    TOO_LONG: "holds more bytes than are wanted",
    TOO_SHORT: "holds fewer bytes than are wanted",
    TOO_FAR: "repeats bytes from before its start",
    BAD_END: "has a malformed end",
    LEFT_OVER: "goes on behind its end",
}


def compress(data: Array, /) -> Array:
    """Compress by taking the first match found.

    Args:
        data: uint8, one axis, not empty.

    Returns:
        uint8, one axis: an LZO1X stream with its end marker.
    """
    module = compiled("lzo", _WORK_OF_A_BYTE * data.size)
    out = np.empty(data.size + data.size // 255 + 64, np.uint8)
    return out[: (module.compress_into if module else compress_into)(data, out)]


def decompress(data: Array, size: int, /) -> Array:
    """Decompress a stream of known content size.

    Args:
        data: uint8, one axis.
        size: bytes that it must hold, at least 1.

    Returns:
        uint8 of shape (size,).

    Raises:
        CorruptError: it is no LZO1X stream of exactly that many bytes.
    """
    out = np.empty(size, np.uint8)
    module = compiled("lzo", _WORK_OF_A_BYTE * size)
    problem = (module.decompress_into if module else decompress_into)(data, out)
    if problem != FINE:
        raise CorruptError(f"LZO stream of {data.size} bytes {_PROBLEMS[problem]}; {size} bytes are wanted")
    return out


def decompress_into(data: Array, out: Array, /) -> int:
    """Fill `out` and say what was wrong, if anything: the reference."""
    source = data.tobytes()
    found = _Output(out)
    position, literals = 0, 0
    if source and source[0] > 17:
        position, literals = 1, source[0] - 17
        if problem := found.literals(source, position, literals):
            return problem
        position += literals
    while True:
        if position >= len(source):
            return TRUNCATED
        code = source[position]
        if code < 16 and literals == 0:
            length, position = _length(source, position + 1, code, 15)
            literals = length + 3
        else:
            length, distance, following, position = _match(source, position, min(literals, 4))
            if position > len(source):
                return TRUNCATED
            if 16 <= code < 32 and distance == 16384:
                is_marker = code == END_CODE and following == 0
                return _ending(is_marker, position == len(source), found.is_full)
            if problem := found.repeat(distance, length):
                return problem
            literals = following
        if problem := found.literals(source, position, literals):
            return problem
        position += literals


def _match(source: bytes, position: int, literals: int) -> tuple[int, int, int, int]:
    """Length, distance and literals that follow, of an instruction that repeats, and where it ends.

    Args:
        source: the stream.
        position: of the instruction.
        literals: number of literals just before it, 4 for more.
    """
    code = source[position]
    if 16 <= code < 64:
        mask, base = (7, 9) if code < 32 else (31, 33)
        length, position = _length(source, position + 1, code & mask, mask)
        tail = int.from_bytes(source[position : position + 2], "little")
        far = 16384 + ((code & 8) << 11) + (tail >> 2)
        return length + 2, far if base == 9 else (tail >> 2) + 1, tail & 3, position + 2
    high = source[position + 1] if position + 1 < len(source) else 0
    if code < 16:
        length, distance = (3, 2049) if literals == 4 else (2, 1)
        return length, (high << 2) + (code >> 2) + distance, code & 3, position + 2
    return (code >> 5) + 1, (high << 3) + (code >> 2 & 7) + 1, code & 3, position + 2


def _length(source: bytes, position: int, field: int, most: int) -> tuple[int, int]:
    """A length and the position behind it: the field itself, or where it is 0, `most` and the bytes that follow."""
    if field:
        return field, position
    end = position
    while end < len(source) and source[end] == 0:
        end += 1
    if end == len(source):
        return most, end + 1
    return most + 255 * (end - position) + source[end], end + 1


def _ending(is_marker: bool, is_last: bool, is_full: bool) -> int:
    if not is_marker:
        return BAD_END
    if not is_last:
        return LEFT_OVER
    return FINE if is_full else TOO_SHORT


class _Output:
    """The bytes decoded so far."""

    def __init__(self, out: Array) -> None:
        self._bytes = out.data
        self._end = 0

    @property
    def is_full(self) -> bool:
        return self._end == len(self._bytes)

    def literals(self, source: bytes, start: int, count: int) -> int:
        """Append bytes of the stream."""
        if start + count > len(source):
            return TRUNCATED
        if self._end + count > len(self._bytes):
            return TOO_LONG
        self._bytes[self._end : self._end + count] = source[start : start + count]
        self._end += count
        return FINE

    def repeat(self, distance: int, count: int) -> int:
        """Append bytes decoded before; those it appends may be among them."""
        if distance > self._end:
            return TOO_FAR
        if self._end + count > len(self._bytes):
            return TOO_LONG
        pattern = bytes(self._bytes[self._end - distance : self._end - distance + min(distance, count)])
        self._bytes[self._end : self._end + count] = (pattern * -(-count // distance))[:count]
        self._end += count
        return FINE


def compress_into(data: Array, out: Array, /) -> int:
    """Fill `out` and give the number of bytes used: the reference."""
    source = data.tobytes()
    stream = bytearray()
    latest = [-1] * (1 << HASH_BITS)
    anchor = position = 0
    while position + 4 <= len(source):
        sequence = int.from_bytes(source[position : position + 4], "little")
        slot = (sequence * HASH_FACTOR & 0xFFFFFFFF) >> (32 - HASH_BITS)
        candidate, latest[slot] = latest[slot], position
        distance = position - candidate
        if candidate < 0 or distance > FARTHEST or source[candidate : candidate + 4] != source[position : position + 4]:
            position += 1 + ((position - anchor) >> STEP_BITS)
            continue
        end = position + 4
        while end < len(source) and source[end - distance] == source[end]:
            end += 1
        _append_literals(stream, source[anchor:position])
        _append_match(stream, distance, end - position)
        anchor = position = end
    _append_literals(stream, source[anchor:])
    stream += bytes([END_CODE, 0, 0])
    out[: len(stream)] = np.frombuffer(stream, np.uint8)
    return len(stream)


def _append_literals(stream: bytearray, literals: bytes) -> None:
    """Up to 3 behind a match are counted in its instruction, and up to 238 at the start in the first byte."""
    count = len(literals)
    if count == 0:
        return
    if not stream and count <= 238:
        stream.append(17 + count)
    elif stream and count <= 3:
        stream[-2] |= count
    elif count <= 18:
        stream.append(count - 3)
    else:
        stream.append(0)
        _append_length(stream, count - 18)
    stream += literals


def _append_match(stream: bytearray, distance: int, length: int) -> None:
    if length <= 8 and distance <= 2048:
        stream += bytes([(length - 1) << 5 | (distance - 1 & 7) << 2, (distance - 1) >> 3])
        return
    if distance <= 16384:
        code, most, away = 0x20, 33, distance - 1
    else:
        away = distance - 16384
        code, most = 0x10 | away >> 14 << 3, 9
    if length <= most:
        stream.append(code | length - 2)
    else:
        stream.append(code)
        _append_length(stream, length - most)
    stream += ((away & 0x3FFF) << 2).to_bytes(2, "little")


def _append_length(stream: bytearray, rest: int) -> None:
    """255 for each zero byte, then 1 to 255."""
    zeros = (rest - 1) // 255
    stream += bytes(zeros)
    stream.append(rest - 255 * zeros)
