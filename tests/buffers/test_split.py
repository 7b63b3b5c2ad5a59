from dataclasses import replace

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given

from qmodel import dtypes
from qmodel.buffers import (
    Buffer,
    Inline,
    MemorySource,
    Packed,
    Payloads,
    Split,
    check_buffer,
    encode_buffer,
    load,
    split,
    split_fit,
    store,
)
from qmodel.buffers.split import SplitCoding
from qmodel.errors import CorruptError, InvalidInputError, LimitError
from qmodel.limits import Limits
from tests.arrays import any_array
from tests.buffers.test_storage import ChunkList

SPLIT_DTYPES = (np.float16, np.float32, np.float64, ml_dtypes.bfloat16, ml_dtypes.float8_e4m3fn, ml_dtypes.float8_e5m2)
F32 = dtypes.F32


def normal(count, dtype=np.float32, seed=0):
    return (np.random.default_rng(seed).standard_normal(count) / 16).astype(dtype)


def round_trip(values, threads=1):
    element_type, storage = dtypes.from_numpy(values)
    buffer = store(storage, element_type, coding=Split())
    check_buffer(buffer, values.size, ())
    decoded = load(buffer, MemorySource(threads=threads))
    assert decoded.dtype == element_type.storage
    assert decoded.tobytes() == values.tobytes()
    return buffer


@given(any_array(SPLIT_DTYPES))
def test_every_bit_comes_back(array):
    round_trip(array)


@pytest.mark.parametrize("dtype", SPLIT_DTYPES)
def test_every_kind_of_number_comes_back(dtype):
    element_type = dtypes.from_numpy(np.zeros(1, dtype))[0]
    patterns = np.arange(1 << min(element_type.bits, 16), dtype=np.uint64) << max(element_type.bits - 16, 0)
    round_trip(patterns.astype(f"u{element_type.bits // 8}").view(dtype))


@pytest.mark.parametrize("dtype", SPLIT_DTYPES)
def test_several_pieces_join_without_a_seam(monkeypatch, dtype):
    monkeypatch.setattr(split_fit, "_CHUNK_ELEMENTS", 64)
    monkeypatch.setattr(split_fit, "_LONGEST_CHUNK", 64)
    for count in (63, 64, 65, 128, 1000):
        buffer = round_trip(normal(count, dtype), threads=2)
    assert any(isinstance(part.location, Payloads) and len(part.location.parts) == 16 for part in buffer.coding.parts)


@pytest.mark.parametrize("dtype", [np.float32, ml_dtypes.bfloat16])
@pytest.mark.parametrize("chunk", [1 << 14, 1 << 22])
def test_a_chunk_is_put_together_piece_by_piece(monkeypatch, dtype, chunk):
    monkeypatch.setattr(split, "_PIECE_ELEMENTS", 1 << 12)
    monkeypatch.setattr(split_fit, "_CHUNK_ELEMENTS", chunk)
    scales = np.exp2(np.random.default_rng(1).uniform(-4, 4, 300))
    values = (normal(300 * 200).reshape(300, 200) * scales[:, None]).astype(dtype)
    values[7::50, 3] *= 1000
    round_trip(values, threads=2)


def test_chunks_and_one_payload_may_stand_side_by_side():
    values = np.abs(normal(1000))
    coding = store(values, F32, coding=Split()).coding
    leading = load(coding.leading, MemorySource())
    pieces = encode_buffer(leading, coding.leading.element_type, Packed(), elements_per_chunk=64)
    assert len(pieces.location.parts) == 16
    whole = [encode_buffer(load(part, MemorySource()), part.element_type, Packed()) for part in coding.remainder]
    buffer = Buffer(F32, 1000, SplitCoding(pieces, tuple(whole)), None)
    check_buffer(buffer, 1000, ())
    assert load(buffer, MemorySource(threads=2)).tobytes() == values.tobytes()


def test_structure_in_the_mantissa_is_found():
    tail = normal(20_000).view(np.uint32) & 0xFFFF
    values = (normal(20_000, seed=1).view(np.uint32) & 0xFFFF0000 | np.where(np.arange(20_000) % 4, tail, 0)).view(
        np.float32
    )
    planes = round_trip(values).coding.remainder
    sizes = [len(plane.location.parts[0]) / 20_000 for plane in planes]
    assert len(planes) == 3
    assert max(sizes[:2]) < 0.86


@pytest.mark.parametrize(("rows", "columns"), [(True, False), (False, True), (True, True)])
@pytest.mark.parametrize("piece", [256, 1 << 18])
def test_scales_of_rows_and_columns_are_taken_out(monkeypatch, rows, columns, piece):
    monkeypatch.setattr(split_fit, "_CHUNK_ELEMENTS", piece)
    scales = np.exp2(np.random.default_rng(1).uniform(-4, 4, 300)).astype(np.float32)
    values = normal(300 * 200).reshape(300, 200)
    plain_bits = stored_bits(round_trip(values))
    if rows:
        values *= scales[:, None]
    if columns:
        values *= scales[:200]
    buffer = round_trip(values)
    assert (buffer.coding.row_shift is not None, buffer.coding.column_shift is not None) == (rows, columns)
    assert stored_bits(buffer) < plain_bits + 0.15
    features = store(values, F32, coding=Split()).coding.features
    assert features == {"split"}


def test_rows_that_are_alike_have_no_shifts():
    assert round_trip(normal(300 * 200).reshape(300, 200)).coding.columns == 0


def test_signs_that_are_all_alike_cost_next_to_nothing():
    values = np.abs(normal(50_000, np.float16))
    assert stored_bits(round_trip(values)) < stored_bits(round_trip(normal(50_000, np.float16))) - 0.9


def stored_bits(buffer):
    sizes = [
        len(part.location.data) if isinstance(part.location, Inline) else sum(map(len, part.location.parts))
        for part in buffer.coding.parts
    ]
    return sum(sizes) * 8 / buffer.count


def test_what_has_no_exponent_is_not_split():
    for element_type in (dtypes.E8M0, dtypes.F4E2M1, dtypes.signed(8)):
        with pytest.raises(InvalidInputError, match="cannot be split"):
            Split().fit(np.zeros(3, element_type.storage), element_type)


def plane(bits, count=3):
    element_type = dtypes.unsigned(bits)
    return encode_buffer(np.zeros(count, element_type.storage), element_type, Packed())


def split_buffer(leading, *remainder, element_type=F32, count=3):
    return Buffer(element_type, count, SplitCoding(leading, remainder), None)


@pytest.mark.parametrize(
    ("buffer", "message"),
    [
        (split_buffer(plane(8), plane(23)), "are not the bits of f32"),
        (split_buffer(plane(8), plane(24), plane(1)), "are not the bits of f32"),
        (split_buffer(plane(32)), "have 0 planes"),
        (split_buffer(plane(5), *[plane(3)] * 9), "have 9 planes"),
        (split_buffer(plane(8), plane(24, count=4)), "4 elements, its encoding needs 3"),
        (split_buffer(plane(8, count=2), plane(24)), "2 elements, its encoding needs 3"),
        (split_buffer(plane(4), plane(4), element_type=dtypes.E8M0), "e8m0 cannot be split"),
        (split_buffer(plane(8), plane(24), element_type=dtypes.unsigned(32)), "u32 cannot be split"),
        (replace(split_buffer(plane(8), plane(24)), location=Inline(b"")), "split, has a payload"),
    ],
)
def test_parts_that_do_not_fit_are_refused(buffer, message):
    with pytest.raises(CorruptError, match=message):
        check_buffer(buffer, 3, ())


def test_signed_parts_are_refused():
    signed = encode_buffer(np.zeros(3, np.int8), dtypes.signed(8), Packed())
    with pytest.raises(CorruptError, match="not all unsigned"):
        check_buffer(split_buffer(signed, plane(24)), 3, ())


def test_chunks_of_different_lengths_are_refused():
    leading, rest = (
        encode_buffer(np.zeros(100, f"u{size}"), dtypes.unsigned(bits), Packed(), elements_per_chunk=length)
        for bits, size, length in ((8, 1, 24), (24, 4, 16))
    )
    with pytest.raises(CorruptError, match="chunks of 16 and 24 elements"):
        check_buffer(split_buffer(leading, rest, count=100), 100, ())


def test_parts_that_need_too_much_memory_are_refused():
    buffer = split_buffer(plane(8, 100), *[plane(3, 100)] * 8, count=100)
    with pytest.raises(LimitError):
        check_buffer(buffer, 100, (), limits=Limits(max_tensor_bytes=399))


def test_a_damaged_part_is_corrupt():
    buffer = store(normal(100_000), F32, coding=Split())
    parts = buffer.coding.leading.location.parts
    damaged = replace(buffer.coding.leading, location=Payloads((bytes(parts[0])[:-1],)))
    with pytest.raises(CorruptError):
        load(replace(buffer, coding=replace(buffer.coding, leading=damaged)), ChunkList(()))
