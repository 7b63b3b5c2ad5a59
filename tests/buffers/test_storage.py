import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qmodel import dtypes
from qmodel.buffers import Buffer, Chunks, Inline, MemorySource, Packed, Payloads, check_buffer, load, store
from qmodel.buffers.parallel import parallel_map, usable_cores
from qmodel.errors import CorruptError, LimitError
from qmodel.limits import Limits
from tests.arrays import any_array


class ChunkList(MemorySource):
    """A source whose chunks are in a list."""

    def __init__(self, chunks, threads=1):
        super().__init__(threads=threads)
        self.chunks = [memoryview(bytes(chunk)) for chunk in chunks]

    def chunk(self, index, /):
        return self.chunks[index]


def cut(array, element_type, coding, per_chunk):
    """A buffer of many chunks, and its chunks."""
    pieces = [array[start : start + per_chunk] for start in range(0, array.size, per_chunk)]
    chunks = [bytes(coding.encode(piece, element_type)) for piece in pieces]
    location = Chunks(tuple(range(len(chunks))), per_chunk if len(chunks) > 1 else 0)
    return Buffer(element_type, array.size, coding, location), chunks


@given(any_array(), st.sampled_from([Packed(), Packed("zstd")]), st.integers(1, 4), st.integers(1, 3))
def test_chunks_join_to_the_array(array, coding, eights, threads):
    element_type, storage = dtypes.from_numpy(array)
    flat = storage.reshape(-1)
    if not flat.size:
        return
    buffer, chunks = cut(flat, element_type, coding, 8 * eights)
    check_buffer(buffer, flat.size, [len(chunk) for chunk in chunks])
    assert load(buffer, ChunkList(chunks, threads)).tobytes() == flat.tobytes()


@pytest.mark.parametrize("bits", [1, 3, 5, 7, 12, 24])
def test_odd_widths_join_at_chunk_borders(bits):
    element_type = dtypes.unsigned(bits)
    values = (np.arange(1001) * 7919 % (1 << bits)).astype(element_type.storage)
    buffer, chunks = cut(values, element_type, Packed(), 64)
    check_buffer(buffer, values.size, [len(chunk) for chunk in chunks])
    assert np.array_equal(load(buffer, ChunkList(chunks)), values)


def test_store_keeps_what_does_not_compress_as_it_is():
    noise = np.random.default_rng(0).integers(0, 256, 100_000, dtype=np.uint8)
    buffer = store(noise, dtypes.unsigned(8))
    assert buffer.coding == Packed()
    assert np.shares_memory(np.frombuffer(buffer.location.parts[0], np.uint8), noise)


def test_store_compresses_what_does():
    smooth = np.arange(100_000, dtype=np.float32)
    buffer = store(smooth, dtypes.F32)
    assert buffer.coding == Packed("zstd", "byte_shuffle")
    assert np.array_equal(load(buffer, MemorySource()), smooth)


def test_small_payloads_are_inline_and_nothing_has_none():
    assert isinstance(store(np.zeros(128, np.float64), dtypes.F64, coding=Packed()).location, Inline)
    assert isinstance(store(np.zeros(129, np.float64), dtypes.F64, coding=Packed()).location, Payloads)
    assert store(np.zeros(0, np.float64), dtypes.F64).location is None


def test_large_arrays_are_cut_into_chunks_that_threads_decode():
    values = np.arange(3_000_000, dtype=np.float32)
    buffer = store(values, dtypes.F32, coding=Packed("zstd", "byte_shuffle"), threads=2)
    assert len(buffer.location.parts) == 3
    assert buffer == store(values, dtypes.F32, coding=Packed("zstd", "byte_shuffle"), threads=1)
    assert np.array_equal(load(buffer, MemorySource(threads=2)), values)


U8 = dtypes.unsigned(8)


@pytest.mark.parametrize(
    ("buffer", "count", "sizes", "message"),
    [
        (Buffer(U8, 3, Packed(), Inline(b"abc")), 4, [], "has 3 elements, its encoding needs 4"),
        (Buffer(U8, 3, Packed(), Inline(b"ab")), 3, [], "payload has 2 bytes, 3 elements of u8 need 3"),
        (Buffer(U8, 3, Packed(), None), 3, [], "has no payload"),
        (Buffer(U8, 0, Packed(), Inline(b"")), 0, [], "has a payload"),
        (Buffer(U8, 2000, Packed(), Inline(bytes(2000))), 2000, [], "at most 1024"),
        (Buffer(U8, 9, Packed(), Chunks((1,))), 9, [9], "refers to chunk 1, the file has 1"),
        (Buffer(U8, 9, Packed(), Chunks((0,))), 9, [8], "payload has 8 bytes, 9 elements of u8 need 9"),
        (Buffer(U8, 9, Packed(), Chunks(())), 9, [9], "0 chunks"),
        (Buffer(U8, 9, Packed(), Chunks((0, 0))), 9, [9], "2 chunks of 0"),
        (Buffer(U8, 9, Packed(), Chunks((0,), 8)), 9, [9], "1 chunks of 8"),
        (Buffer(U8, 9, Packed(), Chunks((0, 1), 7)), 9, [7, 2], "2 chunks of 7"),
        (Buffer(U8, 17, Packed(), Chunks((0, 1), 8)), 17, [8, 8], "17 elements has 2 chunks"),
        (Buffer(U8, 9, Packed(), Chunks((0, 1), 8)), 9, [8, 2], "payload has 2 bytes, 1 elements"),
        (
            Buffer(U8, 9, Packed("zstd", "byte_shuffle"), Chunks((0,))),
            9,
            [9],
            "filter byte_shuffle is not for elements of u8",
        ),
        (Buffer(U8, 2**31, Packed("zstd"), Chunks((0,))), 2**31, [9], "exceeds 1073741824 bytes"),
    ],
)
def test_contradictions_are_found_before_anything_is_read(buffer, count, sizes, message):
    with pytest.raises(CorruptError, match=message):
        check_buffer(buffer, count, sizes)


def test_an_array_beyond_the_limit_is_refused():
    buffer = Buffer(dtypes.F32, 1 << 20, Packed("zstd"), Chunks((0,)))
    check_buffer(buffer, 1 << 20, [99], limits=Limits(max_tensor_bytes=1 << 22))
    with pytest.raises(LimitError, match="limit 4194303"):
        check_buffer(buffer, 1 << 20, [99], limits=Limits(max_tensor_bytes=(1 << 22) - 1))


def test_parallel_map_keeps_order_and_errors():
    assert parallel_map(lambda number: number * 2, range(100), threads=4) == list(range(0, 200, 2))
    with pytest.raises(ZeroDivisionError):
        parallel_map(lambda number: 1 // number, [1, 0, 2], threads=2)
    assert usable_cores() >= 1
