"""Bits of variable-length codes, least significant bit first (spec/buffers/rans.md, "Bits")."""

from __future__ import annotations

from qmodel.errors import CorruptError

# Bits are collected in integers of about so many bytes.
_WINDOW_BYTES = 16
_MAX_EXTRA_BITS = 32


class BitWriter:
    """Collects bits."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._pending = 0
        self._pending_bits = 0

    @property
    def count(self) -> int:
        """Number of bits so far."""
        return 8 * len(self._bytes) + self._pending_bits

    def fixed(self, value: int, width: int, /) -> None:
        """A number of `width` bits."""
        self._pending |= value << self._pending_bits
        self._pending_bits += width
        whole = self._pending_bits // 8
        if whole >= _WINDOW_BYTES:
            self._bytes += (self._pending & ((1 << 8 * whole) - 1)).to_bytes(whole, "little")
            self._pending >>= 8 * whole
            self._pending_bits -= 8 * whole

    def rice(self, value: int, low_bits: int, /) -> None:
        """A Rice code: value >> low_bits zeros, a one, the low bits."""
        zeros = value >> low_bits
        self.fixed(1 << zeros, zeros + 1)
        self.fixed(value & ((1 << low_bits) - 1), low_bits)

    def exp_golomb(self, value: int, low_bits: int, /) -> None:
        """An exponential Golomb code: z zeros, a one, z + low_bits bits."""
        excess = value + (1 << low_bits)
        width = excess.bit_length() - 1
        self.fixed(1 << (width - low_bits), width - low_bits + 1)
        self.fixed(excess - (1 << width), width)

    def finish(self) -> bytes:
        """All bits as bytes, filled up with zeros."""
        return bytes(self._bytes) + self._pending.to_bytes((self._pending_bits + 7) // 8, "little")


class BitReader:
    """Reads what `BitWriter` wrote; every method raises CorruptError when the bits end, or a code is too long."""

    def __init__(self, data: bytes) -> None:
        # As text, the lowest bit last: Python searches and cuts it faster than it shifts integers.
        self._text = f"{int.from_bytes(data, 'little'):0{8 * len(data)}b}" if data else ""
        self._left = len(self._text)

    @property
    def position(self) -> int:
        """How many bits were read."""
        return len(self._text) - self._left

    @position.setter
    def position(self, bits: int) -> None:
        self._left = len(self._text) - bits

    def fixed(self, width: int, /) -> int:
        """A number of `width` bits."""
        end = self._left
        self._left -= width
        if self._left < 0:
            raise self._ended()
        return int(self._text[self._left : end], 2) if width else 0

    def rice(self, low_bits: int, maximum: int, /) -> int:
        """See `BitWriter.rice`; values above a maximum are refused."""
        value = self._zeros(maximum >> low_bits) << low_bits | self.fixed(low_bits)
        if value > maximum:
            raise CorruptError(f"coded number {value} exceeds {maximum}")
        return value

    def rices(self, count: int, low_bits: int, maximum: int, /) -> list[int]:
        """So many Rice codes, see `rice`."""
        text, left, most_zeros = self._text, self._left, maximum >> low_bits
        numbers = []
        for _ in range(count):
            one = text.rfind("1", 0, left)
            zeros, end = left - one - 1, one - low_bits
            if zeros > most_zeros or end < 0:
                break  # for `rice` to tell what is wrong
            left = end
            numbers.append(zeros << low_bits | int(text[end:one], 2) if low_bits else zeros)
        self._left = left
        while len(numbers) < count:
            numbers.append(self.rice(low_bits, maximum))
        if max(numbers, default=0) > maximum:
            raise CorruptError(f"coded number {max(numbers)} exceeds {maximum}")
        return numbers

    def exp_golomb(self, low_bits: int, maximum: int, /) -> int:
        """See `BitWriter.exp_golomb`; values above a maximum are refused."""
        width = self._zeros(_MAX_EXTRA_BITS) + low_bits
        value = self.fixed(width) + (1 << width) - (1 << low_bits)
        if value > maximum:
            raise CorruptError(f"coded number {value} exceeds {maximum}")
        return value

    def check_end(self) -> None:
        """Refuse what does not end here: less than a byte is left, and it is zero."""
        if self._left >= 8 or "1" in self._text[: self._left]:
            raise CorruptError(f"{len(self._text) // 8} bytes of codes do not end {self._left} bits before, with zeros")

    def _zeros(self, maximum: int) -> int:
        one = self._text.rfind("1", 0, self._left)
        if one < 0:
            raise self._ended()
        zeros = self._left - one - 1
        if zeros > maximum:
            raise CorruptError(f"code with {zeros} leading zeros, at most {maximum} are allowed")
        self._left = one
        return zeros

    def _ended(self) -> CorruptError:
        return CorruptError(f"codes end after {len(self._text) // 8} bytes")
