"""The payload of a rANS chunk: exceptions, lengths of the lanes, words (spec/buffers/rans.md, "Payload")."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qmodel.buffers.buffer import BytesLike
from qmodel.buffers.varint import read_varint, varint
from qmodel.dtypes import Array
from qmodel.errors import CorruptError
from qmodel.kernels.bitpack import check_padding, pack, unpack

_WORD = np.dtype("<u2")
_MAX_WIDTH = 31


@dataclass(frozen=True, slots=True)
class Payload:
    """The parts of a payload.

    Attributes:
        words: of all lanes, lane after lane, uint16 of little-endian bytes.
        word_counts: how many each lane has, int64.
        exceptions: values of the elements that are escapes, in their order; None where the stream has no escapes.
    """

    words: Array
    word_counts: Array
    exceptions: Array | None


def payload_to_bytes(payload: Payload, exception_bytes: int, /) -> bytes:
    """The bytes of a payload.

    Args:
        payload: of at least one lane.
        exception_bytes: width of an exception: its low bytes are kept.
    """
    exceptions, parts = payload.exceptions, []
    if exceptions is not None:
        parts.append(varint(exceptions.size))
    lengths = payload.word_counts[:-1]
    if lengths.size:
        shortest = int(lengths.min())
        width = int(lengths.max() - shortest).bit_length()
        parts += [bytes([width]), varint(shortest)]
        if width:
            parts.append(pack((lengths - shortest).astype(np.uint32), width).tobytes())
    parts.append(payload.words.astype(_WORD).tobytes())
    if exceptions is not None:
        wide = np.ascontiguousarray(exceptions.astype("<i8")).view(np.uint8)
        parts.append(wide.reshape(-1, 8)[:, :exception_bytes].tobytes())
    return b"".join(parts)


def payload_from_bytes(data: BytesLike, lanes: int, *, escapes: bool, exception_bytes: int, signed: bool) -> Payload:
    """The payload of bytes, whose memory its words share.

    Args:
        data: as made by `payload_to_bytes`.
        lanes: number of lanes, at least 1.
        escapes: whether the stream has escapes.
        exception_bytes: width of an exception.
        signed: whether exceptions are two's complements.

    Raises:
        CorruptError: the bytes end too early, or what they say does not fit.
    """
    view = memoryview(data).cast("B")
    count, position = read_varint(view, 0) if escapes else (0, 0)
    end = len(view) - count * exception_bytes
    if end < position:
        raise CorruptError(f"rans payload of {len(view)} bytes has {count} exceptions")
    lengths, position = _read_lengths(view[:end], position, lanes - 1)
    words, odd = divmod(end - position, _WORD.itemsize)
    last = words - int(lengths.sum())
    if odd or last < 0:
        raise CorruptError(f"rans payload has {end - position} bytes of words, its lanes need another number")
    exceptions = _read_exceptions(view[end:], count, exception_bytes, signed=signed) if escapes else None
    return Payload(np.frombuffer(view[position:end], _WORD), np.append(lengths, last), exceptions)


def _read_lengths(view: memoryview, position: int, lanes: int) -> tuple[Array, int]:
    if not lanes:
        return np.zeros(0, np.int64), position
    if position >= len(view):
        raise CorruptError("rans payload ends before the lengths of its lanes")
    width = view[position]
    shortest, position = read_varint(view, position + 1)
    if width > _MAX_WIDTH:
        raise CorruptError(f"lengths of lanes have {width} bits; at most {_MAX_WIDTH} are allowed")
    packed_size = (lanes * width + 7) // 8
    if packed_size > len(view) - position:
        raise CorruptError(f"rans payload ends before the lengths of its {lanes} lanes")
    if shortest * lanes > len(view):
        raise CorruptError(f"{lanes} lanes of {shortest} words or more in a rans payload of {len(view)} bytes")
    lengths = np.full(lanes, shortest, np.int64)
    if width:
        packed = np.frombuffer(view[position : position + packed_size], np.uint8)
        if not check_padding(packed, width, lanes):
            raise CorruptError("unused bits behind the lengths of lanes are not zero")
        lengths += unpack(packed, width, lanes, out_dtype=np.uint32)
    return lengths, position + packed_size


def _read_exceptions(view: memoryview, count: int, width: int, *, signed: bool) -> Array:
    filled = np.zeros((count, 8), np.uint8)
    filled[:, :width] = np.frombuffer(view, np.uint8).reshape(count, width)
    if signed and count:
        filled[:, width:] = np.where(filled[:, width - 1] >= 0x80, 0xFF, 0)[:, None]
    return filled.view("<i8").reshape(-1).astype(np.int64)
