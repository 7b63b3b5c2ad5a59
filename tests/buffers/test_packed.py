from contextlib import suppress

import numpy as np
import pytest
import zstandard

from qmodel import dtypes
from qmodel.buffers import BufferSurroundings, Packed
from qmodel.buffers.filters import FILTER_NAMES, filter_named
from qmodel.errors import CorruptError, InvalidInputError

U16 = dtypes.unsigned(16)
ELEMENT_TYPES = [
    *(dtypes.parse(f"{letter}{bits}") for letter in "us" for bits in (1, 2, 3, 7, 8, 11, 16, 31, 32, 64)),
    *map(dtypes.parse, ("bool", "f64", "f32", "f16", "bf16", "f8e4m3", "f6e2m3", "f4e2m1")),
]
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
    with pytest.raises(InvalidInputError, match="unknown codec 'rar'; known: none, zstd, zlib"):
        Packed("rar")
    with pytest.raises(InvalidInputError, match="unknown filter 'sieve'"):
        Packed("zstd", "sieve")
    assert str(Packed()) == "raw"
    assert str(Packed("zstd", "byte_shuffle")) == "byte_shuffle + zstd"


@pytest.mark.parametrize("codec", ["none", "zstd", "lzo"])
@pytest.mark.parametrize("name", [name for name in FILTER_NAMES if name != "none"])
@pytest.mark.parametrize("count", [1, 7, 8, 9, 1000])
def test_filters_change_no_bit(name, codec, count):
    coding = Packed(codec, name)
    for element_type in ELEMENT_TYPES:
        if not filter_named(name).suits(element_type):
            continue
        values = random_storage(element_type, count)
        payload = coding.encode(values, element_type)
        restored = coding.decode(payload, element_type, count)
        assert restored.dtype == element_type.storage
        assert restored.tobytes() == values.tobytes()
        if codec == "none":
            assert len(payload) == element_type.packed_bytes(count)


def random_storage(element_type, count):
    size = element_type.packed_bytes(8) * count
    packed = np.random.default_rng(count).integers(0, 256, size, dtype=np.uint8)
    return Packed().decode(packed.data, element_type, 8 * count)[:count].copy()


def test_filters_are_for_their_types():
    for name, refused in (("bit_planes", "bool"), ("float_planes", "f8e4m3"), ("float_planes", "u16")):
        with pytest.raises(CorruptError, match=f"filter {name} is not for elements of {refused}"):
            Packed("zstd", name).check(dtypes.parse(refused), 8, BufferSurroundings())


def test_planes_have_a_documented_order():
    f32 = np.array([-1.5, 0.25], np.float32)
    assert bytes(Packed("none", "float_planes").encode(f32, dtypes.F32)) == bytes([127, 125, 0xC0, 0, 0, 0, 0, 0])
    u2 = np.array([1, 2, 3, 0, 0, 0, 0, 2, 3], np.uint8)
    assert bytes(Packed("none", "bit_planes").encode(u2, dtypes.unsigned(2))) == bytes([0b101, 0b10000110, 0b11])


def test_unused_bits_behind_planes_are_zero():
    with pytest.raises(CorruptError, match="unused bits behind 9 elements of u2"):
        Packed("none", "bit_planes").decode(bytes([0, 0, 0b111]), dtypes.unsigned(2), 9)


def test_planes_of_weights_compress_apart():
    weights = np.random.default_rng(0).standard_normal(100_000).astype(np.float32)
    shuffled, planes = (
        len(Packed("zstd", name).encode(weights, dtypes.F32)) for name in ("byte_shuffle", "float_planes")
    )
    assert planes < 0.998 * shuffled < 0.85 * weights.nbytes


def test_gzip_is_zlib():
    assert Packed("gzip") == Packed("zlib")
    assert Packed("gzip").features == {"zlib"}
