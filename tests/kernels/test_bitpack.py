import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qmodel.errors import CorruptError, InvalidInputError
from qmodel.kernels import bitpack

WIDTHS = (*range(1, 33), 64)


def held_dtype(bits, signed):
    held = next(width for width in (8, 16, 32, 64) if width >= bits)
    return np.dtype(f"{'i' if signed else 'u'}{held // 8}")


def integers(bits, signed):
    bounds = (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)
    return st.lists(st.integers(*bounds), max_size=70)


def pack_by_definition(values, bits):
    stream = sum((int(value) & ((1 << bits) - 1)) << (index * bits) for index, value in enumerate(values))
    return list(stream.to_bytes((len(values) * bits + 7) // 8, "little"))


@given(st.data(), st.sampled_from(WIDTHS), st.booleans())
def test_stream_is_the_one_defined_and_comes_back(data, bits, signed):
    dtype = held_dtype(bits, signed)
    values = np.array(data.draw(integers(bits, signed)), dtype)
    packed = bitpack.pack(values, bits)
    assert packed.dtype == np.uint8
    assert packed.tolist() == pack_by_definition(values.tolist(), bits)
    unpacked = bitpack.unpack(packed, bits, values.size, out_dtype=dtype)
    assert unpacked.dtype == dtype
    np.testing.assert_array_equal(unpacked, values)
    assert bitpack.check_padding(packed, bits, values.size)


@settings(deadline=None)  # the first example compiles
@given(st.data(), st.integers(1, 31), st.sampled_from(("u1", "u2", "u4", "u8", "i4", ">u4", ">i8")))
def test_compiled_twin_packs_the_same_bits(data, bits, dtype):
    compiled = pytest.importorskip("qmodel.kernels.compiled.bitpack")
    raw = np.array(data.draw(st.lists(st.integers(0, (1 << 64) - 1), max_size=70)), np.uint64)
    values = raw.astype(dtype).astype(np.dtype(dtype).newbyteorder("="))
    unsigned = values.view(f"u{values.dtype.itemsize}")
    packed = bitpack.pack_groups(unsigned, bits)
    np.testing.assert_array_equal(compiled.pack_groups(unsigned, bits), packed)
    if bits <= 8 * values.dtype.itemsize:
        np.testing.assert_array_equal(packed, bitpack.pack(raw.astype(dtype), bits))


@settings(deadline=None)  # the first example compiles
@given(st.binary(max_size=100), st.integers(1, 31), st.integers(0, 7))
def test_compiled_twin_unpacks_the_same_bits(data, bits, fewer):
    compiled = pytest.importorskip("qmodel.kernels.compiled.bitpack")
    count = max(0, len(data) * 8 // bits - fewer)
    stream = np.frombuffer(data, np.uint8)[: (count * bits + 7) // 8]
    held = held_dtype(bits, signed=False)
    np.testing.assert_array_equal(
        compiled.unpack_groups(stream, bits, np.empty(count, held)),
        bitpack.unpack_groups(stream, bits, np.empty(count, held)),
    )


@given(st.binary(max_size=100), st.integers(1, 31), st.sampled_from([8, 16, 32, 64]))
def test_few_and_many_elements_are_unpacked_alike(data, bits, width):
    held = np.dtype(f"u{max(width, held_dtype(bits, signed=False).itemsize * 8) // 8}")
    stream, count = np.frombuffer(data, np.uint8), len(data) * 8 // bits
    few = bitpack._sum_of_bits(stream, bits, held)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bitpack, "_FEW_BYTES", -1)
        many = bitpack._unpack_across_bytes(stream, bits, held)[:count]
    assert few.dtype == many.dtype == held
    np.testing.assert_array_equal(few, many)


@pytest.mark.parametrize("bits", [1, 2, 3, 4, 5, 11, 17, 31])
@pytest.mark.parametrize("extra", [0, 1, 13])
def test_slices_join_without_a_seam(bits, extra):
    count = 2 * bitpack._SLICE_ELEMENTS + extra
    values = (np.arange(count, dtype=np.uint32) * np.uint32(2654435761)) & np.uint32((1 << bits) - 1)
    packed = bitpack.pack_groups(values, bits)
    unpacked = bitpack.unpack_groups(packed, bits, np.empty(count, held_dtype(bits, signed=False)))
    np.testing.assert_array_equal(unpacked, values)


@pytest.mark.parametrize("bits", [1, 4, 5, 9])
def test_large_arrays_take_the_dispatched_path(bits):
    values = (np.arange((1 << 20) + 3) % (1 << bits)).astype(np.uint16)
    packed = bitpack.pack(values, bits)
    np.testing.assert_array_equal(packed, bitpack.pack_groups(values, bits))
    np.testing.assert_array_equal(bitpack.unpack(packed, bits, values.size, out_dtype=np.uint16), values)


@pytest.mark.parametrize("dtype", ["u1", "i2", "f2", "<f4", "f8", "u8"])
def test_whole_byte_widths_share_memory(dtype):
    values = np.arange(12).astype(dtype)
    bits = values.dtype.itemsize * 8
    packed = bitpack.pack(values, bits)
    assert np.shares_memory(packed, values)
    assert np.shares_memory(bitpack.unpack(packed, bits, 12, out_dtype=dtype), values)


def test_unaligned_read_only_bytes_unpack():
    raw = np.frombuffer(b"\xff" + np.arange(5, dtype="<f4").tobytes(), np.uint8)[1:]
    assert bitpack.unpack(raw, 32, 5, out_dtype=np.float32).tolist() == [0, 1, 2, 3, 4]


def test_big_endian_and_strided_values_pack_like_any_other():
    values = np.arange(20, dtype=">i4").reshape(4, 5).T
    expected = bitpack.pack(np.ascontiguousarray(values).astype(np.int32), 32)
    np.testing.assert_array_equal(bitpack.pack(values, 32), expected)


def test_bool_is_one_bit():
    values = np.array([True, False, True, True, False, False, False, False, True])
    packed = bitpack.pack(values, 1)
    assert packed.tolist() == [0b1101, 1]
    unpacked = bitpack.unpack(packed, 1, 9, out_dtype=bool)
    assert unpacked.dtype == bool
    np.testing.assert_array_equal(unpacked, values)


def test_values_wider_than_the_field_keep_their_low_bits():
    assert bitpack.pack(np.array([-1, 0x123], np.int64), 4).tolist() == [0x3F]
    assert bitpack.pack(np.array([-2], np.int8), 12).tolist() == [0xFE, 0x0F]


def test_sign_extends_into_a_wider_type():
    packed = bitpack.pack(np.array([-3, 2]), 3)
    assert bitpack.unpack(packed, 3, 2, out_dtype=np.int64).tolist() == [-3, 2]
    assert bitpack.unpack(packed, 3, 2, out_dtype=np.uint64).tolist() == [5, 2]
    eight = bitpack.pack(np.array([-3], np.int8), 8)
    assert bitpack.unpack(eight, 8, 1, out_dtype=np.int32).tolist() == [-3]


def test_padding_bits_are_noticed():
    assert not bitpack.check_padding(np.array([0x80], np.uint8), 3, 2)
    assert bitpack.check_padding(np.array([0x3F], np.uint8), 3, 2)
    assert bitpack.check_padding(np.array([], np.uint8), 3, 0)


@pytest.mark.parametrize("bits", [0, 33, 63, 65, -1])
def test_other_widths_are_refused(bits):
    with pytest.raises(InvalidInputError, match=str(bits)):
        bitpack.pack(np.zeros(1, np.uint8), bits)
    with pytest.raises(InvalidInputError, match=str(bits)):
        bitpack.unpack(np.zeros(1, np.uint8), bits, 1, out_dtype=np.int64)


@pytest.mark.parametrize(("bits", "dtype"), [(9, "u1"), (2, "bool"), (16, "f4"), (33, "i4"), (8, "S1")])
def test_destinations_that_cannot_hold_the_field_are_refused(bits, dtype):
    with pytest.raises(InvalidInputError):
        bitpack.unpack(np.zeros(bits, np.uint8), bits, 8, out_dtype=dtype)


def test_values_that_are_not_numbers_of_the_width_are_refused():
    with pytest.raises(InvalidInputError, match="float32"):
        bitpack.pack(np.zeros(3, np.float32), 16)
    with pytest.raises(InvalidInputError, match="complex64"):
        bitpack.pack(np.zeros(3, np.complex64), 64)


@pytest.mark.parametrize("size", [0, 2, 4])
def test_wrong_lengths_are_corrupt(size):
    with pytest.raises(CorruptError, match=f"found {size}"):
        bitpack.unpack(np.zeros(size, np.uint8), 5, 4, out_dtype=np.uint8)


def test_data_must_be_flat_bytes_and_the_count_not_negative():
    with pytest.raises(InvalidInputError, match="int16"):
        bitpack.unpack(np.zeros(1, np.int16), 8, 1, out_dtype=np.uint8)
    with pytest.raises(InvalidInputError, match="-1"):
        bitpack.unpack(np.zeros(1, np.uint8), 8, -1, out_dtype=np.uint8)
