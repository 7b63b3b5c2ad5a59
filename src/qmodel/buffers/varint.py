"""Numbers of seven bits a byte, the lowest first, as protobuf has them."""

from __future__ import annotations

from qmodel.errors import CorruptError

_MAX_BYTES = 5


def varint(number: int, /) -> bytes:
    """The shortest bytes of a number that is not negative."""
    encoded = bytearray()
    while number >= 0x80:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)


def varint_bytes(number: int, /) -> int:
    """How many bytes `varint` makes of a number."""
    return max(-(-number.bit_length() // 7), 1)


def read_varint(view: bytes | memoryview, position: int, /) -> tuple[int, int]:
    """A number below 2^35, and the position behind it.

    Raises:
        CorruptError: the bytes end, or the number is too long or not in its shortest form.
    """
    number = 0
    for index in range(_MAX_BYTES):
        if position + index >= len(view):
            raise CorruptError("bytes end in a number")
        byte = view[position + index]
        number |= (byte & 0x7F) << 7 * index
        if byte < 0x80:
            if index and not byte:
                raise CorruptError("a number is not in its shortest form")
            return number, position + index + 1
    raise CorruptError(f"a number has more than {_MAX_BYTES} bytes")
