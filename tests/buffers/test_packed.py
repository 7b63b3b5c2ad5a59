from contextlib import suppress

import numpy as np
import pytest
import zstandard

from qmodel import dtypes
from qmodel.buffers import Packed
from qmodel.errors import CorruptError, InvalidInputError

U16 = dtypes.unsigned(16)
VALUES = np.arange(1000, dtype=np.uint16)


def frame(data, **options):
    return zstandard.ZstdCompressor(**options).compress(data)


def test_bytes_are_little_endian_and_shuffled():
    values = np.array([0x0102, 0x0304], np.uint16)
    assert bytes(Packed().encode(values, U16)) == b"\x02\x01\x04\x03"
    assert bytes(Packed("none", "byte_shuffle").encode(values, U16)) == b"\x02\x04\x01\x03"


def test_any_conforming_zstd_frame_is_read():
    data = VALUES.tobytes()
    for payload in (frame(data, level=19), frame(data, write_checksum=True)):
        assert np.array_equal(Packed("zstd").decode(payload, U16, 1000), VALUES)


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        (b"", "cannot be decompressed"),
        (b"not zstd at all, but long enough", "cannot be decompressed"),
        (frame(VALUES.tobytes())[:-3], "cannot be decompressed"),
        (frame(VALUES.tobytes()) + b"x", "cannot be decompressed"),
        (frame(VALUES.tobytes()) * 2, "cannot be decompressed"),
        (frame(VALUES[:-1].tobytes()), "declares 1998 bytes, 2000 are wanted"),
        (frame(VALUES.tobytes(), write_content_size=False), "are wanted"),
        (frame(bytes(1 << 30)), "declares 1073741824 bytes, 2000 are wanted"),
    ],
)
def test_damaged_frames_are_corrupt(payload, message):
    with pytest.raises(CorruptError, match=message):
        Packed("zstd").decode(payload, U16, 1000)


def test_every_flipped_bit_of_a_frame_is_an_error_or_harmless_to_memory():
    payload = bytearray(frame(VALUES.tobytes()))
    for position in range(len(payload)):
        payload[position] ^= 0x10
        with suppress(CorruptError):
            assert Packed("zstd").decode(bytes(payload), U16, 1000).size == 1000
        payload[position] ^= 0x10


def test_raw_payloads_have_exactly_their_size():
    for size in (1999, 2001, 0):
        with pytest.raises(CorruptError, match=f"payload has {size} bytes, 1000 elements of u16 need 2000"):
            Packed().decode(bytes(size), U16, 1000)


def test_unused_bits_are_zero():
    three = dtypes.unsigned(3)
    assert np.array_equal(Packed().decode(b"\x3f", three, 2), [7, 7])
    with pytest.raises(CorruptError, match="unused bits"):
        Packed().decode(b"\x7f", three, 2)


def test_unknown_stages_are_refused():
    with pytest.raises(InvalidInputError, match="unknown codec 'rar'; known: none, zstd"):
        Packed("rar")
    with pytest.raises(InvalidInputError, match="unknown filter 'sieve'"):
        Packed("zstd", "sieve")
    assert str(Packed()) == "raw"
    assert str(Packed("zstd", "byte_shuffle")) == "byte_shuffle + zstd"
