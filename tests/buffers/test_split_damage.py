"""Damaged buffers of split floats: the library's own errors, before much is allocated, and no endless work."""

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qmodel import dtypes
from qmodel.buffers import Chunks, Payloads, Split, check_buffer, load, split_fit, store
from qmodel.buffers.rans import RansCoding
from qmodel.errors import CorruptError, LimitError
from qmodel.limits import MIB, Limits
from tests.buffers.test_storage import ChunkList

LIMITS = Limits(max_tensor_bytes=MIB)
# Of tables and scratch arrays, besides arrays within the limit.
MOST_BYTES = 16 * MIB
ABSURD = (0, 1, 7, 31, 32, 255, 1 << 16, 1 << 31, (1 << 32) - 1, 1 << 60, (1 << 63) - 1)


def structured():
    """Rows and columns of different scales, mantissas that compress, in several pieces: every kind of part is there."""
    rng = np.random.default_rng(0)
    scales = np.exp2(rng.uniform(-4, 4, 96)).astype(np.float32)
    values = rng.standard_normal((96, 96), np.float32) * scales * scales[::-1, None]
    bits = values.view(np.uint32)
    return np.where(np.arange(96) % 4, bits & 0xFFFFFFF0, bits & 0xFFFF0000).view(np.float32)


VALUES = structured()


@pytest.fixture(scope="module")
def whole():
    """A buffer whose payloads are chunks, and those."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(split_fit, "_CHUNK_ELEMENTS", 4096)
        buffer = store(VALUES, dtypes.F32, coding=Split())
    chunks = []

    def in_chunks(part):
        if part.location is None:
            return part
        several = isinstance(part.location, Payloads)
        payloads = part.location.parts if several else (part.location.data,)
        first = len(chunks)
        chunks.extend(map(bytes, payloads))
        indices = tuple(range(first, len(chunks)))
        return replace(part, location=Chunks(indices, part.location.elements_per_chunk if several else 0))

    return replace(buffer, coding=buffer.coding.with_buffers(in_chunks)), chunks


def test_the_buffer_has_every_kind_of_part(whole):
    buffer, chunks = whole
    coding = buffer.coding
    assert coding.row_shift
    assert coding.column_shift
    assert sum(isinstance(part.coding, RansCoding) for part in coding.parts) >= 2
    assert len(coding.leading.location.indices) == 3
    check_buffer(buffer, VALUES.size, list(map(len, chunks)), limits=LIMITS)
    assert load(buffer, ChunkList(chunks)).tobytes() == VALUES.tobytes()


def damaged_bytes(data, payload):
    changed = bytearray(payload)
    for _ in range(data.draw(st.integers(1, 3))):
        if changed:
            changed[data.draw(st.integers(0, len(changed) - 1))] ^= data.draw(st.integers(1, 255))
    return bytes(changed[: data.draw(st.integers(0, len(changed)))] if data.draw(st.booleans()) else changed)


def damaged_part(data, part):
    """A part with another count, type, place or coding."""
    number = data.draw(st.sampled_from(ABSURD))
    what = data.draw(st.sampled_from(("count", "type", "chunks", "length", "run", "total", "tables")))
    if what == "count":
        return replace(part, count=number)
    if what == "type":
        return replace(
            part, element_type=data.draw(st.sampled_from([dtypes.unsigned(8), dtypes.signed(16), dtypes.F32]))
        )
    if what == "chunks":
        indices = data.draw(st.lists(st.integers(0, 40), max_size=8))
        return replace(part, location=replace(part.location, indices=tuple(indices)))
    if what == "length":
        return replace(part, location=replace(part.location, elements_per_chunk=number))
    if not isinstance(part.coding, RansCoding):
        return replace(part, location=None)
    if what == "run":
        return replace(part, coding=replace(part.coding, run_length=number))
    if what == "total":
        return replace(part, coding=replace(part.coding, total_bits=data.draw(st.integers(0, 40))))
    return replace(part, coding=replace(part.coding, tables=damaged_bytes(data, part.coding.tables)))


@given(data=st.data())
@settings(deadline=None, max_examples=400)
def test_damage_is_refused_or_harmless(whole, data):
    buffer, chunks = whole
    coding, chunks = buffer.coding, list(chunks)
    where = data.draw(st.sampled_from(("payload", "leading", "remainder", "row_shift", "column_shift", "columns")))
    if where == "payload":
        hit = data.draw(st.integers(0, len(chunks) - 1))
        chunks[hit] = damaged_bytes(data, chunks[hit])
    elif where == "columns":
        coding = replace(coding, columns=data.draw(st.sampled_from(ABSURD)))
    elif where == "remainder":
        planes = list(coding.remainder)
        hit = data.draw(st.integers(0, len(planes) - 1))
        planes[hit] = damaged_part(data, planes[hit])
        coding = replace(coding, remainder=tuple(planes))
    else:
        coding = replace(coding, **{where: damaged_part(data, getattr(coding, where))})
    decode_within_bounds(replace(buffer, coding=coding), VALUES.size, chunks)


@given(count=st.sampled_from(ABSURD))
def test_absurd_counts_are_refused_before_memory_is_asked_for(whole, count):
    buffer, chunks = whole

    def counted(part):
        return part if part in (buffer.coding.row_shift, buffer.coding.column_shift) else replace(part, count=count)

    changed = replace(buffer, count=count, coding=buffer.coding.with_buffers(counted))
    decode_within_bounds(changed, count, chunks)


def decode_within_bounds(buffer, count, chunks):
    tracemalloc.start()
    try:
        check_buffer(buffer, count, list(map(len, chunks)), limits=LIMITS)
        assert load(buffer, ChunkList(chunks)).shape == (count,)
    except (CorruptError, LimitError):
        pass
    finally:
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert most < MOST_BYTES
