"""LZO1X: streams of both versions are equal, read by an independent library, and harmless when damaged."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qmodel.errors import CorruptError
from qmodel.kernels import lzo

pieces = st.sampled_from([b"a", b"bcd", bytes(300), bytes(range(256)), b"layer.weight", np.arange(3000).tobytes()])
plain = st.binary(min_size=1, max_size=400) | st.lists(pieces, min_size=1, max_size=30).map(b"".join)


def array(data):
    return np.frombuffer(data, np.uint8)


def long_data():
    """Repeats at every kind of distance, runs of literals and matches of every kind of length."""
    rng = np.random.default_rng(0)
    for period in (1, 2, 3, 1000, 2048, 2049, 16384, 16385, 40_000, 49_151, 49_152):
        yield np.resize(rng.integers(0, 256, period), 2 * period + 700).astype(np.uint8)
    yield rng.integers(0, 256, 1000).astype(np.uint8)
    yield (rng.random(60_000) < 0.02).astype(np.uint8)
    yield np.where(
        rng.random(60_000) < 0.01, rng.integers(0, 256, 60_000), np.resize(rng.integers(0, 256, 3000), 60_000)
    )


@given(plain)
def test_what_was_compressed_comes_back(data):
    assert lzo.decompress(lzo.compress(array(data)), len(data)).tobytes() == data


@given(plain)
def test_compiled_twin_writes_and_reads_the_same(data):
    compiled = pytest.importorskip("qmodel.kernels.compiled.lzo")
    assert_same(compiled, array(data))


@pytest.mark.parametrize("data", list(long_data()), ids=lambda data: str(data.size))
def test_every_kind_of_instruction(data):
    compiled = pytest.importorskip("qmodel.kernels.compiled.lzo")
    assert_same(compiled, data.astype(np.uint8))


def assert_same(compiled, data):
    outs = [np.empty(data.size + data.size // 255 + 64, np.uint8) for _ in range(2)]
    used = lzo.compress_into(data, outs[0])
    assert compiled.compress_into(data, outs[1]) == used
    np.testing.assert_array_equal(outs[0][:used], outs[1][:used])
    for version in (lzo, compiled):
        read = np.empty_like(data)
        assert version.decompress_into(outs[0][:used], read) == lzo.FINE
        np.testing.assert_array_equal(read, data)


@settings(max_examples=400)
@given(st.data())
def test_both_versions_stop_at_the_same_damage(data):
    compiled = pytest.importorskip("qmodel.kernels.compiled.lzo")
    small = st.lists(st.integers(0, 63) | st.integers(0, 255), max_size=50).map(bytes)
    stream = data.draw(small | plain.map(lambda text: damaged(data, lzo.compress(array(text)).tobytes())))
    size = data.draw(st.integers(1, 500))
    outs = [np.zeros(size, np.uint8) for _ in range(2)]
    problem = lzo.decompress_into(array(stream), outs[0])
    assert compiled.decompress_into(array(stream), outs[1]) == problem
    np.testing.assert_array_equal(*outs)


def damaged(data, stream):
    position = data.draw(st.integers(0, len(stream) - 1))
    return stream[:position] + bytes([data.draw(st.integers(0, 255))]) + stream[position + 1 :]


@given(plain)
def test_an_independent_library_agrees(data):
    library = pytest.importorskip("lzallright").LZOCompressor
    assert bytes(library.decompress(lzo.compress(array(data)).tobytes(), len(data))) == data
    assert lzo.decompress(array(library().compress(data)), len(data)).tobytes() == data


@pytest.mark.parametrize(
    ("stream", "size", "message"),
    [
        ("", 1, "ends within an instruction"),
        ("12", 1, "ends within an instruction"),
        ("12 61", 1, "ends within an instruction"),
        ("12 61 11 00 00", 2, "fewer bytes"),
        ("13 61 62 11 00 00", 1, "more bytes"),
        ("12 61 11 00 00 00", 1, "goes on behind its end"),
        ("12 61 12 00 00", 1, "malformed end"),
        ("12 61 11 01 00", 1, "malformed end"),
        ("15 61 62 63 64 5c 01 11 00 00", 7, "before its start"),
        ("15 61 62 63 64 4c 00 11 00 00", 6, "more bytes"),
        ("15 61 62 63 64 20 00 00 00", 1 << 20, "ends within an instruction"),
        ("00" * 100, 1 << 20, "ends within an instruction"),
        ("00" * 100 + "01", 1 << 20, "ends within an instruction"),
        ("10 01 00 00", 9, "malformed end"),
        ("10 11 00 00", 9, "malformed end"),
    ],
)
def test_broken_streams_say_why(stream, size, message):
    with pytest.raises(CorruptError, match=f"LZO stream of .* bytes .*{message}"):
        lzo.decompress(array(bytes.fromhex(stream)), size)


def test_instructions_of_the_description():
    streams = {
        "15 61 62 63 64 0c 00 11 00 00": None,
        "15 61 62 63 64 40 00 11 00 00": b"abcdddd",
        "12 61 00 00 11 00 00": b"aaa",
        "14 61 62 63 04 00 11 00 00": b"abcbc",
        "15 61 62 63 64 21 08 00 11 00 00": b"abcdbcd",
        "15 61 62 63 64 ad 00 78 11 00 00": b"abcd" + b"abcdab" + b"x",
    }
    for stream, expected in streams.items():
        data = array(bytes.fromhex(stream))
        if expected is None:
            with pytest.raises(CorruptError, match="before its start"):
                lzo.decompress(data, 7)
        else:
            assert lzo.decompress(data, len(expected)).tobytes() == expected
