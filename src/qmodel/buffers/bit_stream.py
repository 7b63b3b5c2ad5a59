"""Bits of variable-length codes, least significant bit first (spec/buffers/rans.md, "Bits")."""

from __future__ import annotations

from qmodel.errors import CorruptError

_WINDOW_BYTES = 16
_WINDOW_BITS = 8 * (_WINDOW_BYTES - 1)
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
        self._data = data
        self._position = 0

    def fixed(self, width: int, /) -> int:
        """A number of up to 48 bits."""
        value = self._window() & ((1 << width) - 1)
        self._advance(width)
        return value

    def rice(self, low_bits: int, maximum: int, /) -> int:
        """See `BitWriter.rice`; values above a maximum are refused."""
        value = self._zeros(maximum >> low_bits) << low_bits | self.fixed(low_bits)
        if value > maximum:
            raise CorruptError(f"coded number {value} exceeds {maximum}")
        return value

    def exp_golomb(self, low_bits: int, maximum: int, /) -> int:
        """See `BitWriter.exp_golomb`; values above a maximum are refused."""
        width = self._zeros(_MAX_EXTRA_BITS) + low_bits
        value = self.fixed(width) + (1 << width) - (1 << low_bits)
        if value > maximum:
            raise CorruptError(f"coded number {value} exceeds {maximum}")
        return value

    def check_end(self) -> None:
        """Refuse what does not end here: less than a byte is left, and it is zero."""
        if self._position + 8 <= 8 * len(self._data) or self._window():
            raise CorruptError(f"{len(self._data)} bytes of codes end at bit {self._position}, or not with zeros")

    def _zeros(self, maximum: int) -> int:
        zeros = 0
        while not (window := self._window() & ((1 << _WINDOW_BITS) - 1)):
            self._advance(_WINDOW_BITS)
            zeros += _WINDOW_BITS
        leading = (window & -window).bit_length() - 1
        self._advance(leading + 1)
        zeros += leading
        if zeros > maximum:
            raise CorruptError(f"code with {zeros} leading zeros, at most {maximum} are allowed")
        return zeros

    def _window(self) -> int:
        first = self._position // 8
        return int.from_bytes(self._data[first : first + _WINDOW_BYTES], "little") >> self._position % 8

    def _advance(self, bits: int) -> None:
        self._position += bits
        if self._position > 8 * len(self._data):
            raise CorruptError(f"codes end after {len(self._data)} bytes")
