import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qmodel import dtypes
from qmodel.buffers import Arithmetic, BufferSurroundings, Inline, MemorySource, Payloads, check_buffer, load, store
from qmodel.buffers.arithmetic import ArithmeticCoding
from qmodel.buffers.arithmetic_fit import fit_arithmetic
from qmodel.buffers.arithmetic_layout import best_layout
from qmodel.buffers.storage import encode_buffer
from qmodel.errors import CorruptError, InvalidInputError
from tests.buffers.test_storage import ChunkList

S4, S8, U8 = dtypes.signed(4), dtypes.signed(8), dtypes.unsigned(8)
TYPES = ("bool", "u1", "u3", "u8", "u16", "u32", "s1", "s4", "s8", "s24", "s32", "bf16", "f8e4m3", "f4e2m1", "e8m0")


def values_of(element_type, count, seed=0):
    rng = np.random.default_rng(seed)
    low, high = element_type.minimum, element_type.maximum
    middle = rng.integers(low, high + 1)
    near = middle + np.rint(rng.normal(0, 3, count)).astype(np.int64)
    return np.where(rng.random(count) < 0.1, rng.integers(low, high + 1, count), near.clip(low, high)).astype(
        element_type.storage
    )


@settings(deadline=None)
@given(st.sampled_from(TYPES), st.integers(1, 200), st.integers(0, 40), st.integers(0, 1 << 30))
def test_values_of_every_type_come_back(name, count, columns, seed):
    element_type = dtypes.parse(name)
    values = values_of(element_type, count, seed)
    coding = Arithmetic().fit(values, element_type, columns=columns)
    buffer = encode_buffer(values, element_type, coding)
    check_buffer(buffer, count, ())
    decoded = load(buffer, MemorySource())
    assert decoded.dtype == element_type.storage
    np.testing.assert_array_equal(decoded, values)


def test_matrices_have_rows():
    values = np.arange(60, dtype=np.int8).reshape(5, 12) % 7
    coding = store(values, S4, coding=Arithmetic()).coding
    assert (coding.columns, coding.center) == (12, 3)
    assert store(values[0], S4, coding=Arithmetic()).coding.columns == 0
    assert store(values[:0], S4, coding=Arithmetic()).location is None


@pytest.mark.parametrize("threads", [1, 3])
def test_chunks_are_coded_alone_and_know_their_columns(threads):
    values = values_of(S8, 1000)
    coding = fit_arithmetic(values, S8, columns=30)
    buffer = encode_buffer(values, S8, coding, elements_per_chunk=136, threads=threads)
    assert isinstance(buffer.location, Payloads)
    np.testing.assert_array_equal(load(buffer, MemorySource(threads=threads)), values)
    decode = coding.decoder(S8, 1000, MemorySource())
    np.testing.assert_array_equal(decode(buffer.location.parts[3], 408, 136), values[408:544])
    with pytest.raises(CorruptError):
        np.testing.assert_array_equal(decode(buffer.location.parts[3], 0, 135), values[408:543])


def test_floats_and_wide_integers_are_refused():
    for name in ("f32", "f16", "u64", "s64"):
        element_type = dtypes.parse(name)
        with pytest.raises(InvalidInputError, match=name):
            Arithmetic().fit(np.zeros(3, element_type.storage), element_type)
        with pytest.raises(CorruptError, match=name):
            ArithmeticCoding().check(element_type, 3, BufferSurroundings())


@pytest.mark.parametrize(
    "coding",
    [
        ArithmeticCoding(columns=1 << 60),
        ArithmeticCoding(period=257),
        ArithmeticCoding(distance=(0,)),
        ArithmeticCoding(distance=(2, 2)),
        ArithmeticCoding(distance=(3, 2)),
        ArithmeticCoding(distance=tuple(range(1, 18))),
        ArithmeticCoding(distance=(1, 1 << 60)),
        ArithmeticCoding(center=128),
        ArithmeticCoding(center=-129),
        ArithmeticCoding(trellis_states=5),
        ArithmeticCoding(trellis_states=8, center=1),
    ],
)
def test_parameters_out_of_range_are_corrupt(coding):
    with pytest.raises(CorruptError):
        coding.check(S8, 100, BufferSurroundings())


def test_trellis_codes_are_signed():
    with pytest.raises(CorruptError, match="signed"):
        ArithmeticCoding(trellis_states=8).check(U8, 100, BufferSurroundings())


def test_a_chunk_of_too_many_elements_is_refused_before_memory_is_taken():
    decode = ArithmeticCoding().decoder(U8, 1 << 40, MemorySource())
    with pytest.raises(CorruptError, match="4194304 at most"):
        decode(b"\0", 0, 1 << 40)


def test_the_largest_parameters_work():
    coding = ArithmeticCoding((1 << 60) - 1, 0, 256, (*range(1, 16), (1 << 60) - 1), -128)
    values = values_of(S8, 300)
    buffer = encode_buffer(values, S8, coding, elements_per_chunk=104)
    check_buffer(buffer, 300, ())
    np.testing.assert_array_equal(load(buffer, MemorySource()), values)


@settings(deadline=None, max_examples=200)
@given(st.binary(min_size=1, max_size=40), st.integers(1, 300), st.integers(0, 9), st.sampled_from(["s4", "u8", "s32"]))
def test_any_payload_is_decoded_or_corrupt(payload, count, columns, name):
    element_type = dtypes.parse(name)
    coding = ArithmeticCoding(columns=columns)
    decode = coding.decoder(element_type, count, ChunkList([]))
    try:
        values = decode(payload, 0, count)
    except CorruptError:
        return
    assert values.dtype == element_type.storage
    assert coding.encode(values, element_type) == payload


@settings(deadline=None, max_examples=200)
@given(st.data())
def test_damage_is_harmless(data):
    values = values_of(S8, 200)
    coding = fit_arithmetic(values, S8, columns=20)
    payload = bytearray(coding.encode(values, S8))
    for _ in range(data.draw(st.integers(1, 3))):
        payload[data.draw(st.integers(0, len(payload) - 1))] ^= data.draw(st.integers(1, 255))
    decode = coding.decoder(S8, 200, MemorySource())
    try:
        decoded = decode(bytes(payload), 0, 200)
    except CorruptError:
        return
    assert decoded.shape == (200,)
    assert payload == coding.encode(decoded, S8)


def test_truncated_payloads_are_found():
    values = values_of(S8, 2000)
    coding = fit_arithmetic(values, S8)
    payload = coding.encode(values, S8)
    decode = coding.decoder(S8, 2000, MemorySource())
    for size in range(0, len(payload) - 8, 17):
        with pytest.raises(CorruptError):
            decode(payload[:size], 0, 2000)


def kernels(rows, channels, size, seed=0):
    """Kernels with smooth weights."""
    noise = np.random.default_rng(seed).normal(0, 4, (rows, channels, size, size))
    smooth = noise + np.roll(noise, 1, 2) + np.roll(noise, 1, 3) + 2 * noise.mean((2, 3), keepdims=True)
    return np.rint(smooth).astype(np.int64).reshape(rows, -1)


@pytest.mark.parametrize("size", [3, 5])
def test_kernels_are_found(size):
    levels = kernels(40, 15, size)
    layout = best_layout(levels.reshape(-1), levels.shape[1])
    assert layout.period == size * size
    assert {1, size, size * size} < set(layout.distances)


def test_images_are_found():
    rng = np.random.default_rng(0)
    images = rng.normal(0, 3, (40, 28, 28))
    for axis in (1, 2):
        images = images + np.roll(images, 1, axis) + np.roll(images, 2, axis)
    layout = best_layout(np.rint(images).astype(np.int64).reshape(-1), 784)
    assert layout.period == 1
    assert {1, 27, 28, 29, 56} < set(layout.distances)


def test_noise_has_no_layout():
    noise = np.rint(np.random.default_rng(0).normal(0, 3, 6400)).astype(np.int64)
    layout = best_layout(noise, 64)
    assert (layout.period, layout.distances) == (1, (1, 2, 64))


def test_a_layout_takes_few_bytes():
    assert ArithmeticCoding(columns=90, trellis_states=8).parameter_bytes == 4
    assert ArithmeticCoding(columns=300, period=9, distance=(1, 3, 300), center=-1).parameter_bytes == 3 + 2 + 6 + 2


def test_small_payloads_are_inline():
    buffer = store(np.zeros((100, 100), np.int8), S8, coding=Arithmetic())
    assert isinstance(buffer.location, Inline)
    assert len(buffer.location.data) < 4


def test_a_tiny_payload_of_many_elements_is_soon_refused():
    """A decoder stops where the payload ends, and does not go on for all elements."""
    decode = ArithmeticCoding().decoder(S8, 1 << 22, MemorySource())
    for payload in (b"\0", b"\x01", b"\x80\x01", bytes(5) + b"\x01"):
        with pytest.raises(CorruptError):
            decode(payload, 0, 1 << 22)
