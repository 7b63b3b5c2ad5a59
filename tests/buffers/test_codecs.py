"""Byte codecs: every one holds what is asked of all, and its own library's name when that is missing."""

import importlib
import zlib
from contextlib import suppress

import numpy as np
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from qmodel.buffers.codecs import CODEC_NAMES, byte_codec, codec_name
from qmodel.buffers.codecs.zstd_literals import block_slices, literal_frame
from qmodel.errors import CorruptError, InvalidInputError, UnsupportedError

NAMES = CODEC_NAMES[1:]
EXPONENTS = np.minimum(np.random.default_rng(0).geometric(0.3, 300_000), 255).astype(np.uint8)
TEXT = b"the weights of the layer, the weights of the next layer, " * 40
repetitive = st.lists(st.sampled_from([b"a", b"bc", b"layer", bytes(40), bytes(range(256))]), min_size=1).map(b"".join)


def every_codec(test):
    return pytest.mark.parametrize("codec", [byte_codec(name) for name in NAMES], ids=NAMES)(test)


@every_codec
@settings(max_examples=60)
@given(data=st.binary(min_size=1) | repetitive, part_bytes=st.sampled_from([0, 1, 7, 1000]))
def test_what_was_compressed_comes_back(codec, data, part_bytes):
    assert bytes(codec.decompress(codec.compress(data, part_bytes=part_bytes), len(data))) == data


@every_codec
def test_other_sizes_are_corrupt(codec):
    payload = codec.compress(TEXT)
    assert len(payload) < len(TEXT) / 4
    for size in (1, len(TEXT) - 1, len(TEXT) + 1, 2 * len(TEXT)):
        with pytest.raises(CorruptError):
            codec.decompress(payload, size)


@every_codec
def test_payloads_that_break_off_or_go_on_are_corrupt(codec):
    payload = codec.compress(TEXT)
    for broken in (b"", payload[:1], payload[: len(payload) // 2], payload[:-1], payload + b"x", payload * 2):
        with pytest.raises(CorruptError):
            codec.decompress(broken, len(TEXT))


@every_codec
@settings(max_examples=200)
@given(data=st.data())
def test_damage_is_an_error_or_gives_as_many_bytes(codec, data):
    payload = bytearray(codec.compress(TEXT))
    position = data.draw(st.integers(0, len(payload) - 1))
    payload[position] ^= data.draw(st.integers(1, 255))
    with suppress(CorruptError):
        assert len(codec.decompress(bytes(payload), len(TEXT))) == len(TEXT)


@every_codec
@settings(max_examples=100)
@given(payload=st.binary(max_size=60), size=st.integers(1, 5000))
def test_noise_is_an_error_or_gives_as_many_bytes(codec, payload, size):
    with suppress(CorruptError):
        assert len(codec.decompress(payload, size)) == size


@every_codec
def test_a_bomb_is_refused(codec):
    payload = codec.compress(bytes(50_000_000))
    with pytest.raises(CorruptError):
        codec.decompress(payload, 1000)


@pytest.mark.parametrize(("name", "module"), [("lz4", "lz4.block"), ("brotli", "brotli")])
def test_a_missing_library_is_named(monkeypatch, name, module):
    def missing(wanted):
        assert wanted == module
        raise ModuleNotFoundError

    monkeypatch.setattr(importlib, "import_module", missing)
    for use in (lambda: byte_codec(name).compress(b"x"), lambda: byte_codec(name).decompress(b"x", 1)):
        with pytest.raises(UnsupportedError, match=rf"pip install 'qmodel-format\[{name}\]'"):
            use()


def test_codecs_are_known_by_the_names_users_expect():
    assert codec_name("gzip") == codec_name("deflate") == "zlib"
    assert codec_name("lz77") == "lz4"
    assert all(codec_name(name) == name for name in CODEC_NAMES)
    with pytest.raises(InvalidInputError, match=r"unknown codec 'rar'; known: none, zstd, .*gzip"):
        codec_name("rar")


def test_zlib_checks_its_checksum():
    payload = bytearray(zlib.compress(TEXT))
    payload[-1] ^= 1
    with pytest.raises(CorruptError, match=r"zlib payload cannot be decompressed to .* incorrect data check"):
        byte_codec("zlib").decompress(bytes(payload), len(TEXT))


def test_blocks_end_with_parts():
    assert [(piece.start, piece.stop) for piece in block_slices(10, 4)] == [(0, 4), (4, 8), (8, 10)]
    assert [piece.stop for piece in block_slices(300_000, 0)] == [1 << 17, 1 << 18, 300_000]
    assert [piece.stop for piece in block_slices(300_000, 150_000)] == [1 << 17, 150_000, 150_000 + (1 << 17), 300_000]


@pytest.mark.parametrize("size", [1, 5, 6, 255, 256, 257, 1023, 1024, 65_791, 65_792, 131_072, 131_073, 300_000])
@pytest.mark.parametrize("kind", ["exponents", "noise", "one value", "two values", "rare values", "all values"])
def test_literal_frames_are_read_by_the_library(size, kind):
    rng = np.random.default_rng(size)
    data = {
        "exponents": lambda: EXPONENTS[:size],
        "noise": lambda: rng.integers(0, 256, size),
        "one value": lambda: np.full(size, 9),
        "two values": lambda: rng.integers(0, 2, size) * 255,
        "rare values": lambda: (rng.random(size) < 0.001) * rng.integers(0, 256, size),
        "all values": lambda: rng.normal(128, 20, size),
    }[kind]().astype(np.uint8)
    for part_bytes in (0, 1000, size // 2):
        frame = literal_frame(data, part_bytes)
        assert zstandard.ZstdDecompressor().decompress(frame) == data.tobytes()
        assert zstandard.frame_content_size(frame) == size


def test_exponents_come_near_their_entropy():
    frequencies = np.bincount(EXPONENTS)[1:] / len(EXPONENTS)
    frequencies = frequencies[frequencies > 0]
    entropy = -(frequencies * np.log2(frequencies)).sum() * len(EXPONENTS) / 8
    with_repeats = zstandard.ZstdCompressor(level=1).compress(EXPONENTS.tobytes())
    compressed = byte_codec("zstd").compress(EXPONENTS.data)
    assert entropy < len(compressed) < 1.02 * entropy < len(with_repeats)
