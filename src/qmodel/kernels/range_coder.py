"""A binary range coder: the payload is a number between 0 and 1, in base 256 (spec/buffers/arithmetic.md).

After Martin (1979, "Range encoding"), for bits of any probability. Of the last four bytes the encoder writes only as
many as the decoder needs, and of several numbers the smallest, so that every sequence of bits has exactly one spelling;
the decoder checks that.
"""

from __future__ import annotations

from typing import Protocol, TypeAlias

from qmodel.errors import CorruptError

BytesLike: TypeAlias = bytes | memoryview

WORD_BYTES, WORD_BITS = 4, 32
WORD = (1 << WORD_BITS) - 1
# The range is kept at 2^24 or more, a byte below a word.
LEAST_RANGE = 1 << 24
EVEN = 1 << 15


class BitCoder(Protocol):
    """Codes bits, in either direction."""

    def code(self, bit: int, probability: int, /) -> int:
        """Code a bit and return it; a decoder disregards the one it is given.

        Args:
            bit: 0 or 1.
            probability: of a 1, in 1/65,536: 1 to 65,535.
        """


def code_plain(coder: BitCoder, number: int, bits: int, /) -> int:
    """Code the lowest bits of a number, the highest first, each as likely 0 as 1."""
    coded = 0
    for place in range(bits - 1, -1, -1):
        coded = 2 * coded + coder.code(number >> place & 1, EVEN)
    return coded


class BitEncoder:
    """Writes bits."""

    def __init__(self) -> None:
        self._out = bytearray()
        self._low, self._range = 0, WORD

    def code(self, bit: int, probability: int, /) -> int:
        """See `BitCoder.code`."""
        part = (self._range >> 16) * probability
        if bit:
            self._range = part
        else:
            self._low += part
            self._range -= part
        while self._range < LEAST_RANGE:
            self._put_byte()
            self._range <<= 8
        return bit

    def finish(self) -> bytes:
        """The payload: at least one byte."""
        for kept in range(WORD_BYTES + 1):
            unit = 1 << WORD_BITS - 8 * kept
            number = -(-self._low // unit) * unit
            if number < self._low + self._range:
                break
        self._low = number
        for _ in range(kept):
            self._put_byte()
        self._carry()
        return bytes(self._out) or b"\0"

    def _put_byte(self) -> None:
        self._carry()
        self._out.append(self._low >> WORD_BITS - 8)
        self._low = self._low << 8 & WORD

    def _carry(self) -> None:
        if self._low <= WORD:
            return
        place = len(self._out) - 1
        while self._out[place] == 0xFF:
            self._out[place] = 0
            place -= 1
        self._out[place] += 1
        self._low &= WORD


class BitDecoder:
    """Reads bits; behind the payload there are zeros.

    Args:
        payload: of the encoder.

    Raises:
        CorruptError: no encoder begins a payload so.
    """

    def __init__(self, payload: BytesLike) -> None:
        self._payload = bytes(payload)
        self._position, self._offset, self._range = 0, 0, WORD
        for _ in range(WORD_BYTES):
            self._take_byte()
        if self._offset >= self._range:
            raise CorruptError("arithmetic payload begins with a number that is too large")

    def code(self, _bit: int, probability: int, /) -> int:
        """See `BitCoder.code`."""
        part = (self._range >> 16) * probability
        bit = int(self._offset < part)
        if bit:
            self._range = part
        else:
            self._offset -= part
            self._range -= part
        while self._range < LEAST_RANGE:
            self._take_byte()
            self._range <<= 8
        return bit

    def check_end(self) -> None:
        """Check that the payload is what the encoder ends with.

        Raises:
            CorruptError: it is shorter or longer.
        """
        size = len(self._payload)
        last = self._payload[-1] if size else -1
        if not ends_as_encoded(last, size, self._position, self._offset, self._range):
            raise CorruptError(f"arithmetic payload of {size} bytes does not end where its last element does")

    def _take_byte(self) -> None:
        if self._position >= len(self._payload) + WORD_BYTES:
            raise CorruptError(f"arithmetic payload of {len(self._payload)} bytes ends before its last element")
        byte = self._payload[self._position] if self._position < len(self._payload) else 0
        self._offset = self._offset << 8 | byte
        self._position += 1


def ends_as_encoded(last: int, size: int, position: int, offset: int, range_: int, /) -> bool:
    """Whether a payload is the shortest number in the decoder's last range, and the smallest of its length.

    Args:
        last: its last byte; -1 when it is empty.
        size: its number of bytes.
        position: number of bytes taken, zeros behind the payload included.
        offset: by how much the payload exceeds the least number of the range, in the unit of its last byte taken.
        range_: the range, in the same unit.
    """
    kept = size + WORD_BYTES - position
    if size == 1 and last == 0 and kept == 1:
        return True
    if size == 0 or not 0 <= kept <= WORD_BYTES:
        return False
    unit = 1 << WORD_BITS - 8 * kept
    return kept == 0 or (last > 0 and offset < unit and offset + (256 - last) * unit >= range_)
