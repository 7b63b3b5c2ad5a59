"""Storing arrays as buffers and loading them back, chunk by chunk (spec/buffers/README.md)."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import numpy as np

from qmodel.buffers.buffer import (
    Buffer,
    BufferSurroundings,
    Chunks,
    ChunkSource,
    Coding,
    CodingChoice,
    Inline,
    Payloads,
)
from qmodel.buffers.filters import filter_named
from qmodel.buffers.packed import Packed
from qmodel.buffers.parallel import parallel_map
from qmodel.buffers.pieces import Pieces
from qmodel.dtypes import Array, ElementType
from qmodel.errors import CorruptError, LimitError
from qmodel.limits import DEFAULT_LIMITS, MAX_CHUNK_BYTES, MAX_INLINE_BYTES, Limits

# A compressed buffer costs a copy and its decoding on every read: it must save at least this part of the raw size.
_WORTHWHILE_SAVING = 1 / 32


class MemorySource:
    """The source of buffers that are not written yet: it has no chunks."""

    def __init__(self, *, threads: int = 1) -> None:
        self.threads = threads

    def chunk(self, index: int, /) -> memoryview:
        """Never called for a buffer made by `store`."""
        raise CorruptError(f"chunk {index} of a buffer that is not written yet")


def store(
    values: Array, element_type: ElementType, /, *, coding: CodingChoice | None = None, threads: int = 1
) -> Buffer:
    """Code a storage array as a buffer in memory.

    Args:
        values: storage of `element_type`, any shape; stored in row-major order. Its first axis counts as rows.
        element_type: type of the elements.
        coding: how to code it; None: byte shuffle and zstd where that is worth its decoding, else raw.
        threads: number of threads that may encode chunks at once.
    """
    flat = np.ascontiguousarray(values).reshape(-1)
    if coding is not None:
        found = coding.fit(flat, element_type, columns=columns_of(values.shape))
        return encode_buffer(flat, element_type, found, threads=threads)
    raw = Packed()
    raw_size = element_type.packed_bytes(flat.size)
    if raw_size:
        compressed = encode_buffer(flat, element_type, shuffled_zstd(element_type), threads=threads)
        if stored_bytes(compressed) <= raw_size * (1 - _WORTHWHILE_SAVING):
            return compressed
    return encode_buffer(flat, element_type, raw, threads=threads)


def encode_buffer(
    flat: Array,
    element_type: ElementType,
    coding: Coding,
    /,
    *,
    threads: int = 1,
    elements_per_chunk: int | None = None,
) -> Buffer:
    """Code a 1-D storage array as a buffer in memory, with a coding whose parameters are known.

    Args:
        flat: storage of `element_type`.
        element_type: type of the elements.
        coding: how to code it.
        threads: number of threads that may encode chunks at once.
        elements_per_chunk: a multiple of 8; None: what the coding says.
    """
    if not flat.size or not coding.has_payload:
        return Buffer(element_type, flat.size, coding, None)
    per_chunk = elements_per_chunk or coding.elements_per_chunk(element_type)
    starts = range(0, flat.size, per_chunk)
    parts = parallel_map(
        lambda start: coding.encode(flat[start : start + per_chunk], element_type, start=start), starts, threads=threads
    )
    location: Inline | Payloads
    if len(parts) == 1 and len(parts[0]) <= MAX_INLINE_BYTES:
        location = Inline(bytes(parts[0]))
    else:
        location = Payloads(tuple(part or coding.empty_chunk for part in parts), per_chunk if len(parts) > 1 else 0)
    return Buffer(element_type, flat.size, coding, location)


def load(buffer: Buffer, source: ChunkSource, /) -> Array:
    """Decode a buffer that `check_buffer` accepted.

    Returns:
        1-D storage array of `buffer.element_type`; a view of the chunk where nothing needs decoding.

    Raises:
        CorruptError: a payload is damaged.
    """
    if not buffer.count:
        return np.empty(0, buffer.element_type.storage)
    return Pieces(buffer, source).decode_all()


def columns_of(shape: tuple[int, ...], /) -> int:
    """Elements of each index of the first axis, which are a row; 0: there are no rows."""
    return prod(shape[1:]) if len(shape) > 1 else 0


def shuffled_zstd(element_type: ElementType, /) -> Packed:
    """Zstandard, behind a byte shuffle where that is for the type."""
    return Packed("zstd", "byte_shuffle" if filter_named("byte_shuffle").suits(element_type) else "none")


def check_buffer(buffer: Buffer, count: int, chunk_sizes: Sequence[int], /, *, limits: Limits = DEFAULT_LIMITS) -> None:
    """Check all that can be known of a stored buffer without its payload, before anything is allocated.

    Args:
        buffer: as read from a file.
        count: number of elements that the encoding needs.
        chunk_sizes: size in bytes of every chunk of the file.
        limits: what may be spent.

    Raises:
        CorruptError: the buffer contradicts the encoding, the chunk table or itself.
        LimitError: the decoded array would be too large.
    """
    element_type = buffer.element_type
    if buffer.count != count:
        raise CorruptError(f"buffer has {buffer.count} elements, its encoding needs {count}")
    decoded_size = count * element_type.storage.itemsize
    if decoded_size > limits.max_tensor_bytes:
        raise LimitError(f"array of {count} {element_type} needs {decoded_size} bytes, limit {limits.max_tensor_bytes}")
    buffer.coding.check(element_type, count, BufferSurroundings(chunk_sizes, limits))
    _check_location(buffer, chunk_sizes)


def stored_bytes(buffer: Buffer, chunk_sizes: Sequence[int] = ()) -> int:
    """Size in bytes of a buffer's payload and its coding's parameters, the buffers that the coding holds included."""
    return sum(_payload_bytes(part, chunk_sizes) + part.coding.parameter_bytes for part in buffer.buffers())


def _payload_bytes(buffer: Buffer, chunk_sizes: Sequence[int]) -> int:
    location = buffer.location
    if isinstance(location, Inline):
        return len(location.data)
    if isinstance(location, Payloads):
        return sum(len(part) for part in location.parts)
    return sum(chunk_sizes[index] for index in location.indices) if location else 0


def _check_location(buffer: Buffer, chunk_sizes: Sequence[int]) -> None:
    location, count = buffer.location, buffer.count
    if (location is None) != (count == 0 or not buffer.coding.has_payload):
        has = "has no" if location is None else "has a"
        raise CorruptError(f"buffer of {count} elements, coding {buffer.coding.kind}, {has} payload")
    if isinstance(location, Inline):
        if len(location.data) > MAX_INLINE_BYTES:
            raise CorruptError(f"inline payload of {len(location.data)} bytes; at most {MAX_INLINE_BYTES} are allowed")
        _check_size(buffer, count, len(location.data))
    if isinstance(location, Chunks):
        _check_chunks(buffer, location, chunk_sizes)


def _check_chunks(buffer: Buffer, location: Chunks, chunk_sizes: Sequence[int]) -> None:
    indices, per_chunk = location.indices, location.elements_per_chunk
    if not indices or (per_chunk == 0) != (len(indices) == 1) or per_chunk % 8:
        raise CorruptError(f"buffer has {len(indices)} chunks of {per_chunk} elements each")
    if per_chunk and len(indices) != -(-buffer.count // per_chunk):
        raise CorruptError(f"buffer of {buffer.count} elements has {len(indices)} chunks of {per_chunk} elements")
    per_chunk = per_chunk or buffer.count
    if buffer.element_type.packed_bytes(per_chunk) > MAX_CHUNK_BYTES:
        raise CorruptError(f"chunk of {per_chunk} elements of {buffer.element_type} exceeds {MAX_CHUNK_BYTES} bytes")
    for number, index in enumerate(indices):
        if index >= len(chunk_sizes):
            raise CorruptError(f"buffer refers to chunk {index}, the file has {len(chunk_sizes)}")
        _check_size(buffer, min(per_chunk, buffer.count - number * per_chunk), chunk_sizes[index])


def _check_size(buffer: Buffer, count: int, size: int) -> None:
    wanted = buffer.coding.fixed_size(buffer.element_type, count)
    if wanted is not None and wanted != size:
        raise CorruptError(f"payload has {size} bytes, {count} elements of {buffer.element_type} need {wanted}")
